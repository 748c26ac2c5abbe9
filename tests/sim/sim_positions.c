/* The state folder: what SQLite holds, as far as the protocol can tell. A commit comes a little after a change,
 * and what was not committed is lost by a crash. */
#include "tests/sim/sim_worker.h"

enum { COMMIT_MS = 20 };

static size_t bytes_of(const struct sim *sim)
{
    return sim->shard_capacity * sizeof(struct position_row);
}

void sim_slot_init(const struct sim *sim, struct sim_slot *slot)
{
    slot->durable = sim_allocate(sim->shard_capacity, sizeof *slot->durable);
    slot->now = sim_allocate(sim->shard_capacity, sizeof *slot->now);
}

void sim_slot_free(struct sim_slot *slot)
{
    free(slot->durable);
    free(slot->now);
    free(slot->copy);
}

void sim_slot_crash(const struct sim *sim, struct sim_slot *slot)
{
    memcpy(slot->now, slot->durable, bytes_of(sim));
    slot->locked = false;
    slot->commit_waits = false;
}

void sim_slot_wipe(const struct sim *sim, struct sim_slot *slot)
{
    memset(slot->durable, 0, bytes_of(sim));
    memset(slot->now, 0, bytes_of(sim));
    slot->previous[0] = '\0';
}

void sim_slot_copy(const struct sim *sim, struct sim_slot *slot)
{
    if (slot->copy == NULL) {
        slot->copy = sim_allocate(sim->shard_capacity, sizeof *slot->copy);
    }
    memcpy(slot->copy, slot->durable, bytes_of(sim));
    memcpy(slot->copy_previous, slot->previous, sizeof slot->copy_previous);
}

void sim_slot_restore(const struct sim *sim, struct sim_slot *slot)
{
    memcpy(slot->durable, slot->copy, bytes_of(sim));
    memcpy(slot->now, slot->copy, bytes_of(sim));
    memcpy(slot->previous, slot->copy_previous, sizeof slot->previous);
}

static bool knows(const struct position_row *rows, int shard, const struct lease *row)
{
    return rows != NULL && strcmp(rows[shard].remote_checkpoint, row->checkpoint) == 0 &&
           strcmp(rows[shard].remote_writer, row->writer) == 0;
}

bool sim_slots_know(const struct sim *sim, int shard, const struct lease *row)
{
    for (size_t i = 0; i < sim->worker_capacity; i++) {
        const struct sim_slot *slot = &sim->slots[i];
        if (knows(slot->now, shard, row) || knows(slot->durable, shard, row) ||
            knows(slot->copy, shard, row)) {
            return true;
        }
    }
    return false;
}

size_t sim_slots_choose(struct sim *sim, int index, size_t below, size_t otherwise)
{
    const struct sim_shard *shard = &sim->shards[index];
    size_t first = (size_t)sim_dice(sim, (int64_t)sim->worker_capacity);
    for (size_t i = 0; i < sim->worker_capacity; i++) {
        const struct sim_slot *slot = &sim->slots[(first + i) % sim->worker_capacity];
        const char *noted = slot->durable[index].remote_checkpoint;
        size_t to = noted[0] >= '0' && noted[0] <= '9' ? sim_stream_count_to(shard, noted, strlen(noted)) : 0;
        if (to > 0 && to < below) {
            return to;
        }
    }
    return otherwise;
}

static void commit(struct sim *sim, void *context)
{
    struct sim_worker *worker = context;
    worker->slot->commit_waits = false;
    if (sim_faults_strike(sim, FAULT_DISK_FULL, 30)) { /* and the next change tries again */
        return;
    }
    memcpy(worker->slot->durable, worker->slot->now, bytes_of(sim));
}

static void mark(struct sim *sim, struct sim_worker *worker)
{
    if (!worker->slot->commit_waits) {
        worker->slot->commit_waits = true;
        sim_at_worker(sim, worker->index, sim->now_ms + COMMIT_MS, commit, NULL, worker);
    }
}

void sim_positions_save(struct sim *sim, struct sim_worker *worker, int shard,
                        const struct sequence_number *number)
{
    struct position_row *row = &worker->slot->now[shard];
    if (sequence_number_compare(number, &row->number) > 0) {
        row->number = *number;
        mark(sim, worker);
    }
}

void sim_positions_note_remote(struct sim *sim, struct sim_worker *worker, int shard, const char *checkpoint,
                               const char *nonce, const char *writer)
{
    struct position_row *row = &worker->slot->now[shard];
    lease_copy_text(row->remote_checkpoint, sizeof row->remote_checkpoint, checkpoint);
    lease_copy_text(row->remote_nonce, sizeof row->remote_nonce, nonce);
    lease_copy_text(row->remote_writer, sizeof row->remote_writer, writer);
    mark(sim, worker);
}

void sim_positions_reset(struct sim *sim, struct sim_worker *worker, int shard)
{
    worker->slot->now[shard] = (struct position_row){0};
    mark(sim, worker);
}
