/* Any bytes, in any dialect, cut anywhere, by every instruction set: the library must answer as the
 * reference does. */
#include "levels.h"
#include "question.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ref_job job;
    if (!question_of(data, size, &job))
        return 0;
    ref_text expected = ref_answer(&job);
    for (size_t level = 0; levels_hide(level); level++) {
        ref_text answer = ref_library_answer(&job);
        if (strcmp(expected.data, answer.data) != 0)
            abort();
        ref_text_free(&answer);
    }
    ref_text_free(&expected);
    return 0;
}
