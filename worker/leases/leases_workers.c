#include "worker/leases/leases_workers.h"

#include <stdlib.h>
#include <string.h>

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int compare_names(const void *left, const void *right)
{
    const struct leases_worker *a = left;
    const struct leases_worker *b = right;
    return strcmp(a->name, b->name);
}

/* A worker for each distinct name. */
static struct status collect(const struct leases_list *list, struct leases_workers *workers)
{
    const char **names = calloc(list->count * 2 + 1, sizeof *names);
    workers->at = calloc(list->count * 2 + 1, sizeof *workers->at);
    if (names == NULL || workers->at == NULL) {
        free(names);
        return status_no_memory("the workers of leases", list->count * sizeof *workers->at);
    }
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct leases_row *row = &list->at[i];
        if (!leases_row_is_broken(row)) {
            names[count++] = row->owner;
            names[count++] = row->checkpoint_owner;
        }
    }
    qsort(names, count, sizeof *names, compare_texts);
    for (size_t i = 0; i < count; i++) {
        bool fresh = workers->count == 0 || strcmp(workers->at[workers->count - 1].name, names[i]) != 0;
        if (names[i][0] != '\0' && fresh) {
            workers->at[workers->count].name = names[i];
            workers->count++;
        }
    }
    free(names);
    return status_ok();
}

static struct leases_worker *find(const struct leases_workers *workers, const char *name)
{
    const struct leases_worker wanted = {.name = name};
    return bsearch(&wanted, workers->at, workers->count, sizeof wanted, compare_names);
}

static void count_held(struct leases_worker *worker, const struct leases_row *row, enum leases_state state)
{
    worker->held++;
    worker->ours = worker->ours || leases_row_is_ours(row);
    worker->active += state == LEASES_ACTIVE || (state == LEASES_HANDING_OVER && row->moved) ? 1 : 0;
    worker->expired += state == LEASES_EXPIRED ? 1 : 0;
    worker->unknown += state == LEASES_UNKNOWN || (state == LEASES_HANDING_OVER && !row->moved) ? 1 : 0;
    worker->giving += row->checkpoint_owner[0] != '\0' ? 1 : 0;
}

static void count_row(struct leases_workers *workers, const struct leases_row *row, int64_t failover_ms)
{
    enum leases_state state = leases_state_of(row, failover_ms);
    struct leases_worker *holder = find(workers, leases_row_holder(row));
    struct leases_worker *owner = find(workers, row->owner);
    if (state == LEASES_BROKEN) {
        return;
    }
    if (state == LEASES_FINISHED) {
        if (owner != NULL) {
            owner->finished++;
            owner->ours = owner->ours || leases_row_is_ours(row);
        }
        return;
    }
    if (holder == NULL) {
        workers->unowned += state == LEASES_UNOWNED ? 1 : 0;
        return;
    }
    count_held(holder, row, state);
    if (row->checkpoint_owner[0] != '\0' && owner != NULL) {
        owner->getting++;
    }
}

struct status leases_workers_count(const struct leases_list *list, int64_t failover_ms,
                                   struct leases_workers *ret_workers)
{
    struct leases_workers workers = {0};
    struct status status = collect(list, &workers);
    if (!status_is_ok(&status)) {
        leases_workers_free(&workers);
        return status;
    }
    size_t held = 0;
    for (size_t i = 0; i < list->count; i++) {
        count_row(&workers, &list->at[i], failover_ms);
    }
    for (size_t i = 0; i < workers.count; i++) {
        held += workers.at[i].held;
    }
    for (size_t i = 0; i < workers.count; i++) {
        workers.at[i].of = held;
    }
    *ret_workers = workers;
    return status;
}

void leases_workers_free(struct leases_workers *workers)
{
    free(workers->at);
    *workers = (struct leases_workers){0};
}

enum leases_state leases_worker_state(const struct leases_worker *worker)
{
    if (worker->held == 0) {
        return worker->getting > 0 ? LEASES_UNKNOWN : LEASES_FINISHED;
    }
    if (worker->active > 0) {
        return LEASES_ACTIVE;
    }
    return worker->expired > 0 ? LEASES_EXPIRED : LEASES_UNKNOWN;
}
