/* Any bytes as a question to a reader of CSV: byte 0 chooses the dialect, byte 1 how the question
 * is asked, byte 2 the partition size; the rest is the source, and where it has a byte 0x1e, two of
 * them. */
#ifndef TINE_TESTS_FUZZ_QUESTION_H
#define TINE_TESTS_FUZZ_QUESTION_H
#include "reference/job.h"
#include <stdint.h>

/* False: too short or too long. The job borrows the bytes. */
bool question_of(const uint8_t *data, size_t size, ref_job *job_out);

#endif
