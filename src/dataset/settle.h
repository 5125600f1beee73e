/* Running a terminal with the right types. */
#ifndef TINE_DATASET_SETTLE_H
#define TINE_DATASET_SETTLE_H
#include "dataset/pass.h"

/* For terminals that hand batches out as they come: one pass, by the types there are. */
TINE_MUST_USE tine_status tine__run_streaming(tine__call *call, const tine__terminal *terminal,
                                              tine_error *error);
/* For terminals whose result is theirs until the end: by the types of the whole file. */
TINE_MUST_USE tine_status tine__run_settled(tine__call *call, const tine__terminal *terminal,
                                            tine_error *error);
/* Settles the call's types and does nothing else; of the terminal only the columns count. */
TINE_MUST_USE tine_status tine__run_evidence(tine__call *call, const tine__terminal *terminal,
                                             tine_error *error);

#endif
