/* cmocka, and what its header expects to find included before it. */
#ifndef TINE_TEST_CSV_CMOCKA_ALL_H
#define TINE_TEST_CSV_CMOCKA_ALL_H
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
