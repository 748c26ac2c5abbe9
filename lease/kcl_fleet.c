#include "lease/kcl_fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_WORKERS = 16, WORKERS_CEILING = 10000, NAMED = 3, NAME_BYTES = 25, NAMES_BYTES = 112 };

void kcl_workers_free(struct kcl_workers *workers)
{
    free(workers->at);
    *workers = (struct kcl_workers){0};
}

static bool add_worker(struct kcl_workers *workers, const struct kcl_worker *worker)
{
    if (workers->count == WORKERS_CEILING) {
        return true; /* enough to tell */
    }
    if (workers->count == workers->capacity) {
        size_t capacity = workers->capacity == 0 ? FIRST_WORKERS : workers->capacity * 2;
        struct kcl_worker *at = realloc(workers->at, capacity * sizeof *at);
        if (at == NULL) {
            return false;
        }
        workers->at = at;
        workers->capacity = capacity;
    }
    workers->at[workers->count++] = *worker;
    return true;
}

static const char *typed_text(const cJSON *item, const char *name, const char *type)
{
    const cJSON *inner = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(item, name), type);
    return cJSON_IsString(inner) ? inner->valuestring : NULL;
}

bool kcl_workers_add(struct kcl_workers *workers, const cJSON *item, bool of_lease_table)
{
    const char *id = typed_text(item, of_lease_table ? "leaseKey" : "wid", "S");
    const char *written = typed_text(item, "lut", "N");
    const char *type = typed_text(item, "entityType", "S");
    bool of_worker = !of_lease_table || (type != NULL && strcmp(type, "WORKER_METRIC_STATS") == 0);
    struct kcl_worker worker = {.written_s = 0};
    if (!of_worker || id == NULL || written == NULL ||
        !slice_parse_int64(slice_of_text(written), &worker.written_s)) {
        return true;
    }
    snprintf(worker.id, sizeof worker.id, "%s", id);
    return add_worker(workers, &worker);
}

static const struct kcl_worker *find(const struct kcl_workers *workers, const char *id)
{
    for (size_t i = 0; workers != NULL && i < workers->count; i++) {
        if (strcmp(workers->at[i].id, id) == 0) {
            return &workers->at[i];
        }
    }
    return NULL;
}

static enum kcl_fleet_verdict judge_worker(const struct kcl_workers *before, const struct kcl_worker *worker,
                                           int64_t now_s)
{
    const struct kcl_worker *earlier = find(before, worker->id);
    if (before != NULL && (earlier == NULL || earlier->written_s != worker->written_s)) {
        return KCL_FLEET_RUNNING;
    }
    bool future = worker->written_s > now_s;
    if (!future && worker->written_s >= now_s - KCL_FRESH_MS / 1000) {
        return KCL_FLEET_RUNNING;
    }
    return future || worker->written_s >= now_s - KCL_CLOCK_ERROR_MS / 1000 ? KCL_FLEET_DOUBTFUL
                                                                            : KCL_FLEET_NONE;
}

bool kcl_fleet_judge(const struct kcl_workers *before, const struct kcl_workers *now, int64_t now_wall_ms,
                     enum kcl_fleet_verdict *ret_verdict, struct kcl_workers *ret_running)
{
    struct kcl_workers running = {0};
    enum kcl_fleet_verdict worst = KCL_FLEET_NONE;
    for (size_t i = 0; i < now->count; i++) {
        enum kcl_fleet_verdict verdict = judge_worker(before, &now->at[i], now_wall_ms / 1000);
        if (verdict > worst) {
            worst = verdict;
        }
        if (verdict == KCL_FLEET_RUNNING && !add_worker(&running, &now->at[i])) {
            kcl_workers_free(&running);
            return false;
        }
    }
    *ret_verdict = worst;
    *ret_running = running;
    return true;
}

/* A name from the table, safe to print. */
static void quote(const char *id, char ret_name[NAME_BYTES])
{
    size_t length = strnlen(id, NAME_BYTES - 1);
    for (size_t i = 0; i < length; i++) {
        ret_name[i] = (char)(id[i] > 0x20 && id[i] < 0x7f ? id[i] : '?');
    }
    ret_name[length] = '\0';
}

struct status kcl_fleet_refusal(const char *app, const struct kcl_workers *running)
{
    char names[NAMES_BYTES] = "";
    size_t length = 0;
    for (size_t i = 0; i < running->count && i < NAMED; i++) {
        char name[NAME_BYTES];
        quote(running->at[i].id, name);
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i == 0 ? "" : ", ", name);
    }
    if (running->count > NAMED) {
        snprintf(names + length, sizeof names - length, " and %zu more", running->count - NAMED);
    }
    return status_make(STATUS_INVALID,
                       "a Java fleet of KCL 3 is running on '%.40s' (%s); stop it, wait 60 s, then start: "
                       "its leases are taken over where it stood",
                       app, names);
}
