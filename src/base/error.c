#include "base/error.h"

#include <stdio.h>
#include <string.h>

const char *tine_status_name(tine_status status)
{
    switch (status) {
#define CASE(name)                                                                                 \
    case name:                                                                                     \
        return #name
        CASE(TINE_OK);
        CASE(TINE_END);
        CASE(TINE_ENOMEM);
        CASE(TINE_EINVAL);
        CASE(TINE_EIO);
        CASE(TINE_EFORMAT);
        CASE(TINE_ETYPE);
        CASE(TINE_ELIMIT);
        CASE(TINE_ECANCELED);
        CASE(TINE_ETIMEDOUT);
        CASE(TINE_EWORKER);
        CASE(TINE_ECHANGED);
        CASE(TINE_ENOTSUP);
#undef CASE
    default:
        return status > 0 ? "the caller's own status" : "an unknown status";
    }
}

void tine__error_clear(tine_error *error)
{
    if (!error)
        return;
    memset(error, 0, sizeof *error);
    error->index = -1;
}

/* A message is one line, and does not drive a terminal, whatever names are in it. */
static void make_one_line(char *message)
{
    for (char *p = message; *p; p++)
        if ((*p >= 0 && *p < 0x20) || *p == 0x7f)
            *p = '?';
}

int tine__error_name(const char *name)
{
    enum { MOST = 64 };
    size_t n = strlen(name);
    if (n <= MOST)
        return (int)n;
    for (n = MOST; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80;)
        n--;
    return (int)n;
}

tine_status tine__error_setv(tine_error *error, tine_status status, const char *format,
                             va_list args)
{
    if (!error)
        return status;
    tine__error_clear(error);
    error->status = status;
    vsnprintf(error->message, sizeof error->message, format, args);
    make_one_line(error->message);
    return status;
}

tine_status tine__error_set(tine_error *error, tine_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tine__error_setv(error, status, format, args);
    va_end(args);
    return status;
}

tine_status tine__error_no_memory(tine_error *error)
{
    return tine__error_set(error, TINE_ENOMEM, "out of memory");
}

tine_status tine__error_copy(tine_error *to, const tine_error *from)
{
    if (to && to != from)
        *to = *from;
    return from->status;
}

void tine__error_source(tine_error *error, const char *name)
{
    if (!error)
        return;
    size_t n = strlen(name), room = sizeof error->source - 1;
    if (n > room)
        snprintf(error->source, sizeof error->source, "...%s", name + (n - room) + 3);
    else
        memcpy(error->source, name, n + 1);
}

static size_t show_byte(char *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    const char *named = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : NULL;
    if (named) {
        memcpy(out, named, 2);
        return 2;
    }
    if (c == '"' || c == '\\') {
        out[0] = '\\';
        out[1] = (char)c;
        return 2;
    }
    if (c >= 0x20 && c < 0x7f) {
        out[0] = (char)c;
        return 1;
    }
    out[0] = '\\';
    out[1] = 'x';
    out[2] = hex[c >> 4];
    out[3] = hex[c & 15];
    return 4;
}

const char *tine__error_show(char *out, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    size_t used = 0;
    for (size_t i = 0; i < n && i < TINE__SHOWN_BYTES; i++)
        used += show_byte(out + used, p[i]);
    memcpy(out + used, n > TINE__SHOWN_BYTES ? "..." : "", n > TINE__SHOWN_BYTES ? 4 : 1);
    return out;
}

/* There is always room for what stands for the names that are left out. */
void tine__name_list_add(tine__name_list *list, const char *name)
{
    const char *comma = list->used ? ", " : "";
    if (list->cut)
        return;
    char *end = list->text + list->used;
    size_t room = sizeof list->text - list->used;
    int n = snprintf(end, room, "%s\"%s\"", comma, name);
    list->cut = n < 0 || (size_t)n + sizeof ", ..." > room;
    if (list->cut)
        snprintf(end, room, "%s...", comma);
    else
        list->used += (size_t)n;
}
