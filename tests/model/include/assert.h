/* <assert.h> for sources that are compiled for the model checker: an assertion that fails is a
 * finding, whatever NDEBUG says. */
#include "model/access.h"

#undef assert
#define assert(condition)                                                                          \
    ((condition) ? (void)0 : model_fail("%s:%d: assertion %s", __FILE__, __LINE__, #condition))
#define static_assert _Static_assert
