/* The queue of jobs and their memory, without a pool. */
#define _GNU_SOURCE
#include "support/pool.h"
#include "pool/queue.h"
#include <limits.h>
#include <stdlib.h>

/* An allocator that counts what is out, and fails for sizes from `most` on. */
typedef struct counts {
    long n_blocks;
    size_t n_segments, most;
} counts;

static void *count_alloc(void *ctx, size_t size, size_t alignment)
{
    counts *c = ctx;
    if (size >= c->most)
        return NULL;
    c->n_blocks++;
    c->n_segments += size == sizeof(tine__segment);
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void count_free(void *ctx, void *p, size_t size, size_t alignment)
{
    (void)size;
    (void)alignment;
    ((counts *)ctx)->n_blocks--;
    free(p);
}

static tine__queue *open_queue(counts *c, size_t limit)
{
    const tine_allocator allocator = {count_alloc, NULL, count_free, c};
    *c = (counts){.most = SIZE_MAX};
    tine__queue *queue = tine__queue_open(&allocator, NULL, 1, limit);
    assert_non_null(queue);
    return queue;
}

static tine__job *make(tine__shard *shard)
{
    tine__job *job = tine__block_take(shard);
    assert_non_null(job);
    assert_int_equal((uintptr_t)job % TINE__BLOCK_SIZE, 0);
    job->shard = shard;
    atomic_init(&job->place, 0);
    tine__job_promise(shard);
    return job;
}

static tine__job *add(tine__shard *shard)
{
    tine__shard_lock(shard);
    tine__job *job = make(shard);
    tine__job_push(shard, job);
    tine__shard_unlock(shard);
    return job;
}

/* One, and wins no others. */
static tine__job *take(tine__shard *shard)
{
    tine__batch batch = {0};
    return tine__shard_take(shard, &batch, UINT_MAX);
}

static void give(tine__job *job)
{
    tine__block_give(job->shard, job);
}

static void pass_through(tine__shard *shard)
{
    tine__job *job = add(shard);
    assert_ptr_equal(take(shard), job);
    give(job);
}

static void jobs_come_in_order_and_segments_are_used_again(void **state)
{
    (void)state;
    enum { AHEAD = 700, N = 10 * TINE__SEGMENT_SIZE };
    counts c;
    tine__queue *queue = open_queue(&c, 0);
    tine__shard *shard = queue->shards;
    tine__job *jobs[AHEAD];
    assert_true(tine__queue_is_empty(queue));
    assert_null(take(shard));
    for (int i = 0; i < N; i++) {
        if (i >= AHEAD) {
            tine__job *job = take(shard);
            assert_ptr_equal(job, jobs[i % AHEAD]);
            give(job);
        }
        jobs[i % AHEAD] = add(shard);
        assert_false(tine__queue_is_empty(queue));
    }
    for (int i = 0; i < AHEAD; i++)
        give(take(shard));
    assert_null(take(shard));
    assert_true(tine__queue_is_empty(queue));
    assert_int_equal(tine__queue_n_submitted(queue), N);
    assert_true(c.n_segments <= 4);
    tine__queue_close(queue);
    assert_int_equal(c.n_blocks, 0);
}

static void a_claimed_job_is_not_taken(void **state)
{
    (void)state;
    enum { N = 3000 };
    counts c;
    tine__queue *queue = open_queue(&c, 0);
    tine__job *jobs[N];
    for (int i = 0; i < N; i++)
        jobs[i] = add(queue->shards);
    for (int i = 0; i < N; i += 2) {
        assert_true(tine__job_claim(jobs[i]));
        assert_false(tine__job_claim(jobs[i]));
    }
    for (int i = 1; i < N; i += 2) {
        assert_ptr_equal(take(queue->shards), jobs[i]);
        assert_false(tine__job_claim(jobs[i]));
    }
    assert_null(take(queue->shards));
    for (int i = 0; i < N; i++)
        give(jobs[i]);
    tine__queue_close(queue);
    assert_int_equal(c.n_blocks, 0);
}

/* One that has won an index and does not come to its entry: the job stays there while the segment
 * is used again, and whoever gets it then is the only one. */
static void a_slow_winner_loses_nothing(void **state)
{
    (void)state;
    enum { N = 6 * TINE__SEGMENT_SIZE };
    counts c;
    tine__queue *queue = open_queue(&c, 0);
    tine__shard *shard = queue->shards;
    tine__job *slow = add(shard);
    size_t n_slow = 0;
    atomic_fetch_add(&shard->taken, 1);
    for (int i = 0; i < N; i++) {
        tine__job *job = add(shard), *taken = take(shard);
        if (taken == slow) {
            n_slow++;
            give(taken);
            taken = take(shard);
        }
        assert_ptr_equal(taken, job);
        give(taken);
    }
    assert_int_equal(n_slow, 1);
    assert_null(take(shard));
    tine__queue_close(queue);
    assert_int_equal(c.n_blocks, 0);
}

static void without_memory_jobs_wait_in_a_list(void **state)
{
    (void)state;
    enum { N = 500 };
    for (int filled = 0; filled < 2; filled++) {
        counts c;
        tine__queue *queue = open_queue(&c, 0);
        tine__shard *shard = queue->shards;
        /* With all of a segment behind it, or nothing. */
        for (int i = 0; filled && i < TINE__SEGMENT_SIZE - 1; i++)
            pass_through(shard);
        tine__job *jobs[N];
        tine__shard_lock(shard);
        for (int i = 0; i < N; i++)
            jobs[i] = make(shard);
        c.most = sizeof(tine__segment);
        for (int i = 0; i < N; i++)
            tine__job_push(shard, jobs[i]);
        tine__shard_unlock(shard);
        assert_false(tine__queue_is_empty(queue));
        for (int i = 0; i < N; i += 5)
            assert_true(tine__job_claim(jobs[i]));
        int n = 0;
        for (tine__job *job; (job = take(shard)); n++)
            assert_false(tine__job_claim(job));
        assert_int_equal(n, N - N / 5);
        c.most = SIZE_MAX;
        for (int i = 0; i < N; i++)
            give(jobs[i]);
        pass_through(shard);
        tine__queue_close(queue);
        assert_int_equal(c.n_blocks, 0);
    }
}

static void a_returned_job_can_be_had_again(void **state)
{
    (void)state;
    counts c;
    tine__queue *queue = open_queue(&c, 0);
    tine__job *first = add(queue->shards), *second = add(queue->shards);
    assert_true(tine__job_claim(first));
    tine__job_return(first);
    assert_ptr_equal(take(queue->shards), first);
    tine__job_return(first);
    assert_true(tine__job_claim(first));
    assert_false(tine__job_claim(first));
    assert_ptr_equal(take(queue->shards), second);
    give(first);
    give(second);
    tine__queue_close(queue);
    assert_int_equal(c.n_blocks, 0);
}

static int n_dropped;

static void drop(tine__job *job)
{
    n_dropped++;
    give(job);
}

static void drop_takes_what_waits(void **state)
{
    (void)state;
    counts c;
    tine__queue *queue = open_queue(&c, 0);
    for (int i = 0; i < 5000; i++)
        add(queue->shards);
    tine__job *back = add(queue->shards);
    assert_true(tine__job_claim(back));
    tine__job_return(back);
    n_dropped = 0;
    tine__shard_drop(queue->shards, drop);
    assert_int_equal(n_dropped, 5001);
    assert_true(tine__queue_is_empty(queue));
    tine__queue_close(queue);
    assert_int_equal(c.n_blocks, 0);
}

/* Jobs of a batch come in order to its winner, the last first to whoever robs it, and to nobody
 * twice. What is in none is found in the shard, what is in one is found there. */
static void a_batch_is_open_to_others(void **state)
{
    (void)state;
    enum { N = 2 * TINE__SEGMENT_SIZE };
    counts c;
    tine__queue *queue = open_queue(&c, 0);
    tine__batch batch = {0};
    tine__job *jobs[N];
    for (int i = 0; i < N; i++)
        jobs[i] = add(queue->shards);
    for (int i = 0; i < N; i += TINE__GROUP_SIZE) {
        assert_true(tine__batch_is_empty(&batch));
        assert_ptr_equal(tine__shard_take(queue->shards, &batch, 1), jobs[i]);
        assert_int_equal(tine__queue_is_empty(queue), i + TINE__GROUP_SIZE == N);
        assert_true(tine__job_claim(jobs[i + 1]));
        assert_ptr_equal(tine__batch_rob(&batch), jobs[i + TINE__GROUP_SIZE - 1]);
        for (int k = 2; k < TINE__GROUP_SIZE - 1; k++) {
            assert_false(tine__batch_is_empty(&batch));
            assert_ptr_equal(tine__batch_take(&batch), jobs[i + k]);
        }
        assert_true(tine__batch_is_empty(&batch));
        assert_null(tine__batch_take(&batch));
        assert_null(tine__batch_rob(&batch));
    }
    for (int i = 0; i < N; i++)
        give(jobs[i]);
    tine__queue_close(queue);
    assert_int_equal(c.n_blocks, 0);
}

/* A worker leaves the others their part of a short queue. */
static void a_batch_is_a_fair_part(void **state)
{
    (void)state;
    counts c;
    tine__queue *queue = open_queue(&c, 0);
    for (int i = 0; i < 8; i++)
        add(queue->shards);
    for (int left = 8, n; left; left -= n) {
        tine__batch batch = {0};
        n = 1;
        give(tine__shard_take(queue->shards, &batch, 2));
        for (tine__job *job; (job = tine__batch_take(&batch)); n++)
            give(job);
        assert_int_equal(n, left > 1 ? left / 2 : 1);
    }
    tine__queue_close(queue);
}

static void drop_takes_batches(void **state)
{
    (void)state;
    counts c;
    tine__queue *queue = open_queue(&c, 0);
    tine__batch batch = {0};
    for (int i = 0; i < TINE__GROUP_SIZE; i++)
        add(queue->shards);
    give(tine__shard_take(queue->shards, &batch, 1));
    n_dropped = 0;
    tine__batch_drop(&batch, drop);
    assert_int_equal(n_dropped, TINE__GROUP_SIZE - 1);
    assert_null(tine__batch_take(&batch));
    tine__queue_close(queue);
    assert_int_equal(c.n_blocks, 0);
}

/* Given back past the lock, before and after the end of the pool, in every order. */
static void memory_lives_as_long_as_its_blocks(void **state)
{
    (void)state;
    enum { N = 2000 };
    for (int closes_at = 0; closes_at <= N; closes_at += N / 4) {
        counts c;
        tine__queue *queue = open_queue(&c, 0);
        tine__shard *shard = queue->shards;
        tine__job *jobs[N];
        for (int i = 0; i < N; i++)
            jobs[i] = add(shard);
        for (int i = 0; i < N; i++)
            assert_true(tine__job_claim(jobs[i]));
        for (int i = 0; i < N; i++) {
            if (i == closes_at)
                tine__queue_close(queue);
            bool locks = i < closes_at && i % 3 == 0;
            if (locks)
                tine__shard_lock(shard);
            give(jobs[i]);
            if (locks)
                tine__shard_unlock(shard);
            if (i < closes_at && i % 4 == 0)
                pass_through(shard);
            if (i + 1 < N)
                assert_true(c.n_blocks > 0);
        }
        if (closes_at == N)
            tine__queue_close(queue);
        assert_int_equal(c.n_blocks, 0);
    }
}

static tine_status go_on(const void *ctx)
{
    return *(const tine_status *)ctx;
}

static void a_limit_counts_what_waits(void **state)
{
    (void)state;
    counts c;
    tine_status stop = TINE_OK;
    tine__queue *queue = open_queue(&c, 2);
    assert_true(tine__queue_enter(queue));
    assert_true(tine__queue_enter(queue));
    assert_false(tine__queue_enter(queue));
    assert_int_equal(tine__queue_await_room(queue, 1, go_on, &stop, NULL), TINE_ETIMEDOUT);
    stop = TINE_ECANCELED;
    assert_int_equal(tine__queue_await_room(queue, INT64_MAX, go_on, &stop, NULL), TINE_ECANCELED);
    tine__job *job = add(queue->shards);
    assert_true(tine__job_claim(job));
    assert_true(tine__queue_enter(queue));
    tine__job_return(job);
    assert_ptr_equal(take(queue->shards), job);
    assert_false(tine__queue_enter(queue));
    tine__queue_intrude(queue);
    tine__queue_leave(queue);
    tine__queue_leave(queue);
    stop = TINE_OK;
    assert_int_equal(tine__queue_await_room(queue, INT64_MAX, go_on, &stop, NULL), TINE_OK);
    give(job);
    tine__queue_close(queue);
    assert_int_equal(c.n_blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_come_in_order_and_segments_are_used_again),
        cmocka_unit_test(a_claimed_job_is_not_taken),
        cmocka_unit_test(a_slow_winner_loses_nothing),
        cmocka_unit_test(without_memory_jobs_wait_in_a_list),
        cmocka_unit_test(a_returned_job_can_be_had_again),
        cmocka_unit_test(drop_takes_what_waits),
        cmocka_unit_test(a_batch_is_open_to_others),
        cmocka_unit_test(a_batch_is_a_fair_part),
        cmocka_unit_test(drop_takes_batches),
        cmocka_unit_test(memory_lives_as_long_as_its_blocks),
        cmocka_unit_test(a_limit_counts_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
