/* Tables, made by the compiler, of which bits of a byte are set: row b of TINE__SET_BITS has the
 * numbers of those set in b, and zeros behind them. */
#ifndef TINE_CSV_SET_BITS_H
#define TINE_CSV_SET_BITS_H

/* Bit p of b, if it is the k-th of those set, counted from 0, as its number; else 0. */
#define TINE__IF_KTH(b, k, p)                                                                      \
    (((b) >> (p)&1) && __builtin_popcount((b) & ((1 << (p)) - 1)) == (k) ? (p) : 0)
#define TINE__KTH(b, k)                                                                            \
    (TINE__IF_KTH(b, k, 1) + TINE__IF_KTH(b, k, 2) + TINE__IF_KTH(b, k, 3) +                       \
     TINE__IF_KTH(b, k, 4) + TINE__IF_KTH(b, k, 5) + TINE__IF_KTH(b, k, 6) +                       \
     TINE__IF_KTH(b, k, 7))
#define TINE__SET_BITS_1(b)                                                                        \
    {                                                                                              \
        TINE__KTH(b, 0), TINE__KTH(b, 1), TINE__KTH(b, 2), TINE__KTH(b, 3), TINE__KTH(b, 4),       \
            TINE__KTH(b, 5), TINE__KTH(b, 6), TINE__KTH(b, 7)                                      \
    }
#define TINE__SET_BITS_4(b)                                                                        \
    TINE__SET_BITS_1(b), TINE__SET_BITS_1((b) + 1), TINE__SET_BITS_1((b) + 2),                     \
        TINE__SET_BITS_1((b) + 3)
#define TINE__SET_BITS_16(b)                                                                       \
    TINE__SET_BITS_4(b), TINE__SET_BITS_4((b) + 4), TINE__SET_BITS_4((b) + 8),                     \
        TINE__SET_BITS_4((b) + 12)
#define TINE__SET_BITS_64(b)                                                                       \
    TINE__SET_BITS_16(b), TINE__SET_BITS_16((b) + 16), TINE__SET_BITS_16((b) + 32),                \
        TINE__SET_BITS_16((b) + 48)
#define TINE__SET_BITS                                                                             \
    {                                                                                              \
        TINE__SET_BITS_64(0), TINE__SET_BITS_64(64), TINE__SET_BITS_64(128),                       \
            TINE__SET_BITS_64(192)                                                                 \
    }

#endif
