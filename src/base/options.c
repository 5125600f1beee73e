/* Copies what both sides know, and looks at what only the caller knows. */
#include "base/options.h"
#include "base/error.h"
#include "base/size.h"

#include <string.h>

static bool all_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            return false;
    return true;
}

tine_status tine__options_read(void *out, size_t size, const void *in, const char *name,
                               tine_error *error)
{
    memset(out, 0, size);
    if (in) {
        size_t given;
        memcpy(&given, in, sizeof given);
        if (given < sizeof given)
            return tine__error_set(error, TINE_EINVAL,
                                   "%s.struct_size is %zu: set it to sizeof(%s)", name, given,
                                   name);
        memcpy(out, in, tine__min(given, size));
        if (given > size && !all_zero((const unsigned char *)in + size, given - size))
            return tine__error_set(error, TINE_EINVAL,
                                   "%s of %zu bytes sets options that this library, version %s, "
                                   "does not know: use a newer libtine",
                                   name, given, tine_version());
    }
    memcpy(out, &size, sizeof size);
    return TINE_OK;
}
