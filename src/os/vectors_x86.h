/* The compiler's vectors of x86-64, as far as the file that includes this is compiled for them. */
#ifndef TINE_OS_VECTORS_X86_H
#define TINE_OS_VECTORS_X86_H
#include <immintrin.h>

#endif
