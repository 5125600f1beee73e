/* The result of group_by: a row for each group, the keys' columns and then the aggregates'. Ranges
 * of rows are finished in parallel: values of a fixed size where they belong, strings on the side,
 * to be put behind one another at the end. */
#ifndef TINE_DATASET_GROUP_TABLE_H
#define TINE_DATASET_GROUP_TABLE_H
#include "dataset/join.h"

/* The schema is of the keys of the layout and the tables' aggregates. */
TINE_MUST_USE tine_status tine__group_table_make(const tine__call *call,
                                                 const tine__key_layout *layout,
                                                 const tine__groups *tables,
                                                 const tine__group_list *list,
                                                 const tine_column *schema, tine_table **table_out,
                                                 tine_error *error);

#endif
