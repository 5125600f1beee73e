#include <tine.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *tine_version(void)
{
    return TEXT(TINE_VERSION_MAJOR) "." TEXT(TINE_VERSION_MINOR) "." TEXT(TINE_VERSION_PATCH);
}

int tine_version_number(void)
{
    return TINE_VERSION_NUMBER;
}
