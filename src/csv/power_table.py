"""Writes the table that csv/power_table.h declares: 10^q = m * 2^e, m cut down to 128 bits."""
import sys

LEAST, GREATEST, BITS = -342, 308, 128


def power_of_ten(q):
    """(m, e) with 2^127 <= m < 2^128 and m * 2^e <= 10^q < (m + 1) * 2^e."""
    if q >= 0:
        power = 10**q
        e = power.bit_length() - BITS
        return (power >> e if e >= 0 else power << -e), e
    power = 10**-q
    # A power of ten lies strictly between two powers of two, so this quotient has 128 bits.
    shift = power.bit_length() + BITS - 1
    return (1 << shift) // power, -shift


def main(path):
    with open(path, "w", encoding="ascii", newline="\n") as out:
        out.write('#include "csv/power_table.h"\n\n')
        out.write("const tine__power\n")
        out.write("    tine__powers[TINE__POWER_GREATEST - TINE__POWER_LEAST + 1] = {\n")
        for q in range(LEAST, GREATEST + 1):
            m, e = power_of_ten(q)
            assert m.bit_length() == BITS
            high, low = divmod(m, 1 << 64)
            out.write(f"    {{UINT64_C({high:#018x}), UINT64_C({low:#018x}), {e}}}, /* {q} */\n")
        out.write("};\n")


main(sys.argv[1])
