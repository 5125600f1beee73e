/* Decompressed members are kept in slots, so that those who read neighbouring parts of one do not
 * decompress it twice. Whoever needs a member that another is decompressing just then does the next
 * one meanwhile, if nobody has: it will be needed soon. The slots are used again, the one first
 * that was not needed for the longest time. */
#include "source/members.h"
#include "source/kind.h"
#include "source/measure.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/size.h"
#include "os/thread.h"

#include <string.h>

#define N_SLOTS 16

/* Of a member, decompressed; larger ones are not kept. */
#define MAX_MEMBER ((uint64_t)16 << 20)

#define NO_MEMBER SIZE_MAX

/* Those that hold nothing are left out: the next need not begin where this ends. */
struct member {
    uint64_t in_at, out_at; /* where it begins, compressed and decompressed */
    uint64_t n_in;
};

typedef struct slot {
    /* Guarded by the mutex. */
    size_t member; /* that it has, or is getting; NO_MEMBER: none */
    bool busy;     /* a thread is decompressing it, whose everything below is */
    unsigned n_readers;
    uint64_t last_needed;

    void *state;
    unsigned char *in, *out;
    size_t in_size, out_size;
} slot;

typedef struct members_source {
    tine_source base;
    tine_source *inner; /* a reference */
    const tine__codec *codec;
    struct member *members; /* n_members, and the end behind them */
    size_t n_members, capacity;
    bool has_mutex, has_cond;
    tine__mutex mutex; /* guards what the slots say, and `time` */
    tine__cond changed;
    uint64_t time; /* counts needs */
    slot slots[N_SLOTS];
} members_source;

/* ---- one member */

static bool reserve(unsigned char **buffer, size_t *size, size_t n)
{
    if (n <= *size)
        return true;
    unsigned char *fresh = tine__alloc(tine__heap(), n, TINE__ALIGN);
    if (!fresh)
        return false;
    tine__free(tine__heap(), *buffer, *size, TINE__ALIGN);
    *buffer = fresh;
    *size = n;
    return true;
}

static tine_status damaged(const members_source *m, size_t member, tine_error *error)
{
    const struct member *at = &m->members[member];
    tine__error_set(error, TINE_EFORMAT,
                    "'%.*s' is damaged, in the member at byte %llu of the %s data",
                    tine__error_name(m->base.name), m->base.name, (unsigned long long)at->in_at,
                    m->codec->name);
    if (error)
        error->byte_offset = at->out_at;
    return TINE_EFORMAT;
}

/* A member is right if it ends where it said, having given what it said. */
static tine_status take_apart(members_source *m, slot *s, size_t n_in, size_t n_out,
                              tine_error *error)
{
    tine__coding coding = {s->in, n_in, s->out, n_out};
    tine__coded coded = TINE__CODED_MORE;
    size_t before;
    do {
        before = coding.n_in + coding.n_out;
        coded = m->codec->step(s->state, &coding);
    } while (coded == TINE__CODED_MORE && coding.n_in + coding.n_out < before);
    if (coded == TINE__CODED_NO_MEMORY)
        return tine__error_no_memory(error);
    return coded == TINE__CODED_END && !coding.n_in && !coding.n_out ? TINE_OK
                                                                     : damaged(m, s->member, error);
}

static tine_status decompress(members_source *m, slot *s, tine_error *error)
{
    const struct member *at = &m->members[s->member];
    size_t n_in = (size_t)at->n_in, n_out = (size_t)(at[1].out_at - at->out_at);
    if (!s->state)
        s->state = m->codec->open();
    if (!s->state || !reserve(&s->in, &s->in_size, n_in) || !reserve(&s->out, &s->out_size, n_out))
        return tine__error_no_memory(error);
    tine_status status = tine__source_read_at(m->inner, at->in_at, s->in, n_in, error);
    if (status == TINE_OK)
        status = take_apart(m, s, n_in, n_out, error);
    if (status != TINE_OK) { /* it may be in the middle of something */
        m->codec->close(s->state);
        s->state = NULL;
    }
    return status;
}

/* ---- slots, with the mutex */

static slot *find(members_source *m, size_t member)
{
    for (slot *s = m->slots; s < m->slots + N_SLOTS; s++)
        if (s->member == member)
            return s;
    return NULL;
}

/* NULL: all are in use. */
static slot *find_oldest(members_source *m)
{
    slot *oldest = NULL;
    for (slot *s = m->slots; s < m->slots + N_SLOTS; s++)
        if (!s->busy && !s->n_readers && (!oldest || s->last_needed < oldest->last_needed))
            oldest = s;
    return oldest;
}

/* Decompresses a member that is in no slot; without the mutex meanwhile. */
static tine_status fetch(members_source *m, slot *s, size_t member, tine_error *error)
{
    s->member = member;
    s->busy = true;
    s->last_needed = ++m->time;
    tine__mutex_unlock(&m->mutex);
    tine_status status = decompress(m, s, error);
    tine__mutex_lock(&m->mutex);
    s->busy = false;
    if (status != TINE_OK)
        s->member = NO_MEMBER;
    tine__cond_broadcast(&m->changed);
    return status;
}

/* While somebody else decompresses the one before. Its failure is for those who need it. */
static bool fetch_ahead(members_source *m, size_t member)
{
    slot *s = member < m->n_members && !find(m, member) ? find_oldest(m) : NULL;
    if (s)
        (void)!fetch(m, s, member, NULL);
    return s != NULL;
}

/* A slot that has the member, for reading. */
static tine_status borrow(members_source *m, size_t member, slot **slot_out, tine_error *error)
{
    tine_status status = TINE_OK;
    slot *s;
    while ((!(s = find(m, member)) || s->busy) && status == TINE_OK) {
        slot *fresh = s ? NULL : find_oldest(m);
        if (fresh)
            status = fetch(m, fresh, member, error);
        else if (!s || !fetch_ahead(m, member + 1))
            (void)tine__cond_wait(&m->changed, &m->mutex, INT64_MAX);
    }
    if (status != TINE_OK)
        return status;
    s->n_readers++;
    s->last_needed = ++m->time;
    *slot_out = s;
    return TINE_OK;
}

/* ---- reading */

static size_t member_of(const members_source *m, uint64_t offset)
{
    size_t low = 0, high = m->n_members;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (m->members[middle].out_at <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static tine_status members_read_at(tine_source *source, uint64_t offset, void *dst, size_t n,
                                   size_t *n_read_out, tine_error *error)
{
    members_source *m = (members_source *)source;
    size_t done = 0;
    for (size_t k = n ? member_of(m, offset) : 0; done < n; k++) {
        slot *s = NULL;
        tine__mutex_lock(&m->mutex);
        tine_status status = borrow(m, k, &s, error);
        tine__mutex_unlock(&m->mutex);
        if (status != TINE_OK)
            return status;
        uint64_t at = offset + done - m->members[k].out_at;
        size_t some = (size_t)tine__min(n - done, m->members[k + 1].out_at - offset - done);
        memcpy((char *)dst + done, s->out + at, some);
        done += some;
        tine__mutex_lock(&m->mutex);
        if (--s->n_readers == 0)
            tine__cond_broadcast(&m->changed);
        tine__mutex_unlock(&m->mutex);
    }
    *n_read_out = done;
    return TINE_OK;
}

static tine_status members_unchanged(tine_source *source, tine_error *error)
{
    return tine__source_unchanged(((members_source *)source)->inner, error);
}

/* ---- life: of a half-built one, too */

static void members_destroy(tine_source *source)
{
    members_source *m = (members_source *)source;
    for (slot *s = m->slots; s < m->slots + N_SLOTS; s++) {
        if (s->state)
            m->codec->close(s->state);
        tine__free(tine__heap(), s->in, s->in_size, TINE__ALIGN);
        tine__free(tine__heap(), s->out, s->out_size, TINE__ALIGN);
    }
    TINE__DELETE_ARRAY(tine__heap(), m->members, m->capacity);
    if (m->has_cond)
        tine__cond_destroy(&m->changed);
    if (m->has_mutex)
        tine__mutex_destroy(&m->mutex);
    tine_source_release(m->inner);
}

static const tine__source_kind members_kind = {sizeof(members_source), members_read_at, NULL,
                                               members_unchanged, members_destroy};

static bool append(members_source *m, uint64_t in_at, uint64_t out_at, uint64_t n_in)
{
    if (!tine__grow(tine__heap(), (void **)&m->members, &m->capacity, m->n_members,
                    m->n_members + 1, sizeof *m->members, _Alignof(struct member)))
        return false;
    m->members[m->n_members++] = (struct member){in_at, out_at, n_in};
    return true;
}

/* Lists the members that hold something, and the end. */
static tine_status measure(members_source *m, bool *known_out, tine_error *error)
{
    uint64_t in_at = 0, out_at = 0, n_in = 0, n_out = 0;
    *known_out = true;
    for (; in_at < m->inner->n_bytes; in_at += n_in, out_at += n_out) {
        tine_status status = m->codec->measure(m->inner, in_at, &n_in, &n_out, known_out, error);
        *known_out = *known_out && n_out <= MAX_MEMBER && n_in <= 2 * MAX_MEMBER;
        if (status != TINE_OK || !*known_out)
            return status;
        if (n_out && !append(m, in_at, out_at, n_in))
            return tine__error_no_memory(error);
    }
    if (!append(m, in_at, out_at, 0))
        return tine__error_no_memory(error);
    m->n_members--;
    m->base.n_bytes = out_at;
    *known_out = m->n_members > 1;
    return TINE_OK;
}

static tine_status init(members_source *m, tine_error *error)
{
    for (slot *s = m->slots; s < m->slots + N_SLOTS; s++)
        s->member = NO_MEMBER;
    tine_status status = tine__mutex_init(&m->mutex, error);
    m->has_mutex = status == TINE_OK;
    if (status == TINE_OK)
        status = tine__cond_init(&m->changed, error);
    m->has_cond = status == TINE_OK;
    return status;
}

tine_status tine__members_open(tine_source *inner, const tine__codec *codec,
                               tine_source **source_out, tine_error *error)
{
    bool known = false;
    *source_out = NULL;
    members_source *m = tine__source_new(&members_kind, inner->name);
    if (!m)
        return tine__error_no_memory(error);
    m->inner = tine__source_retain(inner);
    m->codec = codec;
    m->base.seekable = true;
    tine_status status = measure(m, &known, error);
    if (status == TINE_OK && known)
        status = init(m, error);
    if (status == TINE_OK && known)
        *source_out = &m->base;
    else
        tine_source_release(&m->base);
    return status;
}
