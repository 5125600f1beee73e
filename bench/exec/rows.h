/* Between the harness and its rows. */
#ifndef EXEC_ROWS_H
#define EXEC_ROWS_H
#include "work.h"

/* A row runs in rounds: short enough that those of different programs can take turns. */
typedef struct exec_row {
    const char *name;
    bool (*offered)(void); /* by this peer */
    bool opens_pools;      /* itself; otherwise one of two workers is open from `prepare` on */
    void (*prepare)(void); /* NULL: nothing to do; likewise finish */
    void (*round)(void);
    void (*finish)(void);
} exec_row;

typedef void (*exec_hook)(void);

/* The last one has no name. */
extern const exec_row exec_rows[];

extern const exec_peer *exec_self;
extern bool exec_is_counting;         /* set by the row that asks for `allocated` */
extern exec_hook exec_when_submitted; /* set by the row that wants to know; or NULL */

/* Keeps one until the end of the round; the name, a literal, is borrowed. */
void exec_sample(const char *measure, double value);

/* Gives back the room of this thread. */
void exec_free_room(void);

#endif
