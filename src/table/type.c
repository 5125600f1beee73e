/* What is known of a type by its name alone. */
#include "table/array.h"

unsigned tine__type_bits(tine_type type)
{
    switch (type) {
    case TINE_BOOL:
        return 1;
    case TINE_DATE:
        return 32;
    case TINE_INT64:
    case TINE_DOUBLE:
    case TINE_DECIMAL:
    case TINE_TIMESTAMP:
        return 64;
    case TINE_AUTO:
    case TINE_STRING:
        break;
    }
    return 0;
}

const char *tine__type_name(tine_type type)
{
    switch (type) {
    case TINE_AUTO:
        return "auto";
    case TINE_BOOL:
        return "bool";
    case TINE_INT64:
        return "int64";
    case TINE_DOUBLE:
        return "double";
    case TINE_DECIMAL:
        return "decimal";
    case TINE_DATE:
        return "date";
    case TINE_TIMESTAMP:
        return "timestamp";
    case TINE_STRING:
        return "string";
    }
    return "unknown";
}
