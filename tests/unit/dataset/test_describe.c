/* describe: every type's row. */
#include "unit/dataset/support.h"

static tine_status describe(const tine_dataset *dataset, const tine_run *run,
                            tine_table **table_out, tine_error *error)
{
    return tine_dataset_describe(dataset, run, table_out, error);
}

#define HEAD                                                                                       \
    "column:string,type:string,count:int64,nulls:int64,min:string,max:string,mean:double,"         \
    "std:double,distinct:int64\n"

static void test_a_row_for_every_type(void **state)
{
    (void)state;
    assert_always("b,i,x,d,t,s,none\n"
                  "true,1,0.1,2026-11-24,2026-11-24T14:00:00Z,pear,\n"
                  "false,3,-2.5,2025-01-01,2026-11-24T14:00:00.5Z,apple,\n"
                  "true,,nan,,,pear,\n",
                  describe,
                  HEAD "'b','bool',3,0,'false','true',null,null,2\n"
                       "'i','int64',2,1,'1','3',0x1p+1,0x1.6a09e667f3bcdp+0,2\n"
                       "'x','double',3,0,'-2.5','0.1',nan,nan,3\n"
                       "'d','date',2,1,'2025-01-01','2026-11-24',null,null,2\n"
                       "'t','timestamp',2,1,'2026-11-24T14:00:00Z','2026-11-24T14:00:00.500000Z',"
                       "null,null,2\n"
                       "'s','string',3,0,'apple','pear',null,null,2\n"
                       "'none','string',0,3,null,null,null,null,0\n");
}

static void test_only_what_is_selected(void **state)
{
    (void)state;
    tine_dataset *d = open_text("a,b\n1,2\n", 0), *s;
    const char *names[] = {"b"};
    tine_table *table;
    assert_int_equal(tine_dataset_select(d, names, 1, &s, NULL), TINE_OK);
    assert_int_equal(tine_dataset_describe(s, NULL, &table, NULL), TINE_OK);
    assert_table(table, HEAD "'b','int64',1,0,'2','2',0x1p+1,null,1\n");
    tine_dataset_release(s);
    tine_dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_for_every_type),
        cmocka_unit_test(test_only_what_is_selected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
