/* The instruction sets that the library chooses from, one after the other: linked in front of its
 * tables of functions, this hides the first few of each. */
#ifndef TINE_TESTS_FUZZ_LEVELS_H
#define TINE_TESTS_FUZZ_LEVELS_H
#include <stdbool.h>
#include <stddef.h>

/* Hides that many, but never the last. False: there are no more to hide in any of the tables. */
bool levels_hide(size_t n);

#endif
