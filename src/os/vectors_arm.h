/* The compiler's vectors of AArch64. */
#ifndef TINE_OS_VECTORS_ARM_H
#define TINE_OS_VECTORS_ARM_H
#include <arm_neon.h>

#endif
