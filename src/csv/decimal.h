/* The double nearest to a decimal number, ties to even, in integers only: neither the rounding mode
 * nor flush-to-zero can touch it. */
#ifndef TINE_CSV_DECIMAL_H
#define TINE_CSV_DECIMAL_H
#include <stdint.h>

/* The bits of the double nearest to digits * 10^exponent; digits below 10^19. */
uint64_t tine__decimal_to_bits(uint64_t digits, int64_t exponent);

#endif
