/* Which instruction sets beyond the compiler's own this CPU and its kernel run. */
#ifndef TINE_OS_ISA_H
#define TINE_OS_ISA_H

enum {
    TINE__ISA_CLMUL = 1, /* SSE4.2, POPCNT and PCLMULQDQ */
    TINE__ISA_AVX2 = 2,  /* these, AVX2, BMI1, BMI2 and LZCNT */
    TINE__ISA_FMA = 4    /* fused multiply-add of AVX2's vectors */
};

/* Those that there are, joined by |; 0 where none is known. */
unsigned tine__isa(void);

#endif
