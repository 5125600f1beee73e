/* Copies of batches that lie in slabs. */
#ifndef TINE_TABLE_PACK_H
#define TINE_TABLE_PACK_H
#include "table/batch.h"
#include "table/slab.h"

/* Room that the copy of a batch takes in a slab. */
size_t tine__pack_size(const tine_batch *batch);

/* An owned copy of any batch, which holds a reference to the slab; NULL: it does not fit in. */
tine_batch *tine__pack(const tine_batch *batch, tine__slab *slab);

#endif
