/* The lease table, and the network before it. A write does what lease_write_apply() says, at one moment; a scan
 * reads page by page while writes go on. An answer can be lost, a write can be applied long after its sender
 * gave it up, or arrive twice. */
#include "tests/sim/sim_worker.h"

enum { READ_UNIT_BYTES = 4096, REPEAT_MS = 40 };

struct sim_call {
    uint64_t call;
    size_t worker;
    uint32_t born;
    char me[LEASE_OWNER_BYTES];
    struct lease_action action;
    bool silent; /* its answer is lost */
    bool repeated; /* the client sends it once more, since it saw no answer */
    struct sim_answer *answer;
    size_t row_capacity;
    uint64_t cursor; /* SCAN: the place of the last row read */
    bool begun;
    uint64_t writes_before; /* SCAN */
};

static void free_call(void *context)
{
    struct sim_call *call = context;
    sim_answer_free(call->answer);
    free(call);
}

static int64_t latency(struct sim *sim)
{
    return 1 + sim_dice(sim, sim->latency_ms);
}

static void finish(struct sim *sim, struct sim_call *call)
{
    if (!call->silent && sim->workers[call->worker].born == call->born) {
        sim_at_worker(sim, call->worker, sim->now_ms + latency(sim), sim_keeper_answer, sim_answer_free,
                      call->answer);
        call->answer = NULL;
    }
    free_call(call);
}

static uint64_t writes_so_far(const struct sim *sim)
{
    uint64_t sum = 0;
    for (size_t i = 0; i <= LEASE_WRITE_DELETE; i++) {
        sum += sim->costs.writes[i];
    }
    return sum;
}

static void note_row(struct sim *sim, int index, const struct lease *before, const struct lease *after)
{
    struct sim_shard *shard = &sim->shards[index];
    if (before != NULL && strcmp(lease_holder(before), lease_holder(after)) != 0) {
        sim->costs.moves++;
        if (sim->resting) {
            sim_violate(sim, "a lease moves although nothing happened", shard->id, after->owner);
        }
    }
    sim->first_row_ms = sim->first_row_ms == 0 ? sim->now_ms : sim->first_row_ms;
    shard->made_ms = before == NULL ? sim->now_ms : shard->made_ms;
    shard->row = *after;
    shard->has_row = true;
    shard->had_row = true;
    shard->was_finished = shard->was_finished || lease_is_finished(after);
}

static void apply(struct sim *sim, struct sim_call *call)
{
    const struct lease_write *write = &call->action.write;
    int index = sim_stream_find(sim, write->row.key);
    struct sim_shard *shard = &sim->shards[index];
    struct lease before = shard->row;
    bool existed = shard->has_row;
    struct lease after = {0};
    enum lease_outcome outcome = lease_write_apply(write, call->me, existed ? &before : NULL, &after);
    sim->costs.writes[write->kind]++;
    bool removed = outcome == LEASE_DONE && write->kind == LEASE_WRITE_DELETE;
    sim_trace(sim, call->me, "table: %s %s %s%s%s%s counter %" PRId64 "%s", lease_write_name(write->kind),
              shard->id, outcome == LEASE_DONE ? "applied" : "refused",
              write->checkpoint[0] != '\0' ? " at " : "", write->checkpoint,
              call->silent ? " (answer lost)" : "", existed ? shard->row.counter : -1,
              call->born == sim->workers[call->worker].born ? "" : " (of a dead process)");
    if (outcome == LEASE_DONE) {
        sim_check_write(sim, index, &call->action, call->me, call->born, existed ? &before : NULL,
                        removed ? NULL : &after);
        if (removed) {
            shard->has_row = false;
        } else {
            note_row(sim, index, existed ? &before : NULL, &after);
        }
    }
    if (call->answer == NULL) {
        return;
    }
    struct sim_answer *answer = call->answer;
    answer->outcome = outcome;
    answer->row_count = shard->has_row && (outcome == LEASE_REFUSED || write->kind != LEASE_WRITE_CREATE);
    answer->rows = sim_allocate(1, sizeof *answer->rows);
    answer->rows[0] = shard->row;
}

static void get_row(struct sim *sim, struct sim_call *call)
{
    struct sim_shard *shard = &sim->shards[sim_stream_find(sim, call->action.key)];
    sim->costs.gets++;
    sim->costs.read_units += 1;
    call->answer->outcome = LEASE_DONE;
    call->answer->row_count = shard->has_row ? 1 : 0;
    call->answer->rows = sim_allocate(1, sizeof *call->answer->rows);
    call->answer->rows[0] = shard->row;
}

static void add_row(struct sim_call *call, const struct lease *row)
{
    struct sim_answer *answer = call->answer;
    if (answer->row_count == call->row_capacity) {
        call->row_capacity = call->row_capacity == 0 ? 32 : call->row_capacity * 2;
        answer->rows = reallocarray(answer->rows, call->row_capacity, sizeof *answer->rows);
        if (answer->rows == NULL) {
            abort();
        }
    }
    answer->rows[answer->row_count++] = *row;
}

/* One page; true: it was the last. */
static bool scan_page(struct sim *sim, struct sim_call *call)
{
    size_t low = 0;
    size_t high = sim->shard_count;
    while (call->begun && low < high) {
        size_t middle = low + (high - low) / 2;
        if (sim->shards[sim->places[middle]].place <= call->cursor) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t rows = 0;
    for (; low < sim->shard_count && rows < sim->page_rows; low++) {
        const struct sim_shard *shard = &sim->shards[sim->places[low]];
        call->cursor = shard->place;
        if (shard->has_row) {
            add_row(call, &shard->row);
            rows++;
        }
    }
    sim->costs.read_units += (double)(rows * SIM_ROW_BYTES + READ_UNIT_BYTES - 1) / (double)READ_UNIT_BYTES;
    call->begun = true;
    return low == sim->shard_count;
}

static void arrive(struct sim *sim, void *context)
{
    struct sim_call *call = context;
    switch (call->action.kind) {
    case LEASE_ACTION_WRITE:
        apply(sim, call);
        if (call->repeated) {
            call->repeated = false;
            sim_at(sim, sim->now_ms + 1 + sim_dice(sim, REPEAT_MS), arrive, free_call, call);
            sim_answer_free(call->answer);
            call->answer = sim_allocate(1, sizeof *call->answer);
            *call->answer = (struct sim_answer){.call = call->call, .worker = call->worker};
            return;
        }
        break;
    case LEASE_ACTION_READ:
        get_row(sim, call);
        break;
    case LEASE_ACTION_SCAN:
        if (!call->begun) {
            sim->costs.scans++;
            call->writes_before = writes_so_far(sim);
        }
        if (!scan_page(sim, call)) {
            sim_at(sim, sim->now_ms + 2 * latency(sim), arrive, free_call, call);
            return;
        }
        if (sim->faults.on && writes_so_far(sim) != call->writes_before) {
            sim_faults_count(sim, FAULT_SCAN_TORN);
        }
        call->answer->outcome = LEASE_DONE;
        break;
    default:
        call->answer->shards = sim_stream_list(sim, call->action.key, &call->answer->shard_count);
        call->answer->outcome = LEASE_DONE;
        break;
    }
    finish(sim, call);
}

/* The sender hears nothing: it gives up when its time is over. */
static void go_silent(struct sim *sim, struct sim_call *call)
{
    const struct sim_worker *worker = &sim->workers[call->worker];
    int64_t failover_ms = sim->options.failover_ms;
    bool listing = call->action.kind > LEASE_ACTION_READ;
    struct sim_answer *none = sim_allocate(1, sizeof *none);
    *none = (struct sim_answer){.call = call->call, .worker = call->worker, .outcome = LEASE_UNKNOWN};
    int64_t wait_ms = listing ? 2000 + sim_dice(sim, 8000) : lease_attempt_ms(failover_ms);
    int64_t at_ms = sim_worker_when(sim, worker, sim_worker_boot_ms(sim, worker) + wait_ms);
    sim_at_worker(sim, call->worker, at_ms, sim_keeper_answer, sim_answer_free, none);
    call->silent = true;
}

static void refuse(struct sim *sim, struct sim_call *call, enum lease_outcome outcome)
{
    call->answer->outcome = outcome;
    finish(sim, call);
}

/* What becomes of a write on the wire. False: it is dealt with. */
static bool strike_write(struct sim *sim, struct sim_call *call, int64_t *delay_ms)
{
    if (sim_faults_strike(sim, FAULT_WRITE_THROTTLED, 60)) {
        refuse(sim, call, LEASE_UNSENT);
        return false;
    }
    if (sim_faults_strike(sim, FAULT_WRITE_LOST, 60)) {
        go_silent(sim, call);
        free_call(call);
        return false;
    }
    if (sim_faults_strike(sim, FAULT_WRITE_ANSWER_LOST, 40)) {
        go_silent(sim, call);
    } else if (sim_faults_strike(sim, FAULT_WRITE_LATE, 60)) {
        go_silent(sim, call);
        bool create = call->action.write.kind == LEASE_WRITE_CREATE; /* sooner than the row can be removed */
        *delay_ms += sim_dice(sim, (create ? 1 : 3) * sim->options.failover_ms);
        if (sim_dice(sim, 6) == 0) {
            sim_faults_restore_behind(sim, call->worker, call->action.key, *delay_ms);
        }
    } else if (sim_faults_strike(sim, FAULT_WRITE_REPEATED, 60)) {
        call->repeated = true;
    }
    if (sim_faults_strike(sim, FAULT_PAUSE_BEFORE_WRITE, 200)) { /* stamped, and not yet on the wire */
        int64_t pause_ms = 1 + sim_dice(sim, 3 * sim->options.failover_ms);
        sim_worker_pause(sim, call->worker, pause_ms);
        *delay_ms += call->action.write.kind == LEASE_WRITE_CREATE ? 0 : pause_ms;
    }
    return true;
}

static bool strike(struct sim *sim, struct sim_call *call, int64_t *delay_ms)
{
    enum lease_action_kind kind = call->action.kind;
    bool write = kind == LEASE_ACTION_WRITE;
    bool table = kind <= LEASE_ACTION_READ;
    if (table && sim->now_ms < sim->workers[call->worker].cut_table_ms) {
        go_silent(sim, call);
        free_call(call);
        return false;
    }
    if (table && sim->now_ms < sim->faults.storm_until_ms && sim_dice(sim, 4) != 0) {
        refuse(sim, call, write ? LEASE_UNSENT : LEASE_UNKNOWN);
        return false;
    }
    if (sim_faults_strike(sim, FAULT_WRITE_DELAYED, 40)) {
        *delay_ms += sim_dice(sim, 900);
    }
    if (write) {
        return strike_write(sim, call, delay_ms);
    }
    if (kind == LEASE_ACTION_LIST_SHARDS && sim_faults_strike(sim, FAULT_PAUSE_OVER_LISTING, 6)) {
        sim_worker_pause(sim, call->worker, (2 + sim_dice(sim, 4)) * sim->options.failover_ms);
    }
    enum sim_fault fault = kind == LEASE_ACTION_SCAN   ? FAULT_SCAN_FAILED
                           : kind == LEASE_ACTION_READ ? FAULT_READ_FAILED
                                                       : FAULT_LIST_FAILED;
    if (sim_faults_strike(sim, fault, 20)) {
        if (sim_dice(sim, 2) == 0) {
            refuse(sim, call, LEASE_UNKNOWN);
        } else {
            go_silent(sim, call);
            free_call(call);
        }
        return false;
    }
    return true;
}

void sim_table_send(struct sim *sim, size_t worker, uint64_t number, const struct lease_action *action)
{
    struct sim_call *call = sim_allocate(1, sizeof *call);
    *call = (struct sim_call){.call = number, .worker = worker, .born = sim->workers[worker].born};
    memcpy(call->me, sim->workers[worker].id, sizeof call->me);
    call->action = *action;
    call->answer = sim_allocate(1, sizeof *call->answer);
    *call->answer = (struct sim_answer){.call = number, .worker = worker};
    int64_t delay_ms = latency(sim);
    if (strike(sim, call, &delay_ms)) {
        sim_at(sim, sim->now_ms + delay_ms, arrive, free_call, call);
    }
}

static void set_position(const struct sim_shard *shard, struct lease *row, size_t to)
{
    struct sequence_number number;
    lease_copy_text(row->checkpoint, sizeof row->checkpoint, lease_trim_horizon);
    if (to > 0) {
        sim_stream_number(shard, to - 1, &number);
        memcpy(row->checkpoint, number.digits, number.length);
        row->checkpoint[number.length] = '\0';
    }
}

void sim_table_rewind(struct sim *sim, int index)
{
    struct sim_shard *shard = &sim->shards[index];
    if (!shard->has_row || shard->trimmed > 0 || strchr("0123456789S", shard->row.checkpoint[0]) == NULL) {
        return;
    }
    if (lease_is_finished(&shard->row) && shard->child_count > 0) {
        return; /* its children are at work: their order would be lost */
    }
    struct lease after = shard->row;
    size_t reached = sim_stream_count_to(shard, after.checkpoint, strlen(after.checkpoint));
    bool here = sim_dice(sim, 2) == 0; /* to where it stands: what the state folders know beyond is void */
    bool by_hand = !here && reached > 0 && sim_dice(sim, 3) == 0;
    size_t to = here ? reached : (size_t)sim_dice(sim, (int64_t)reached + 1 - (by_hand ? 1 : 0));
    if (by_hand && sim_dice(sim, 2) == 0) { /* to where some state folder believes the row to be */
        to = sim_slots_choose(sim, index, reached, to);
    }
    set_position(shard, &after, to);
    if (by_hand && sim_slots_know(sim, index, &after)) {
        return; /* no way to tell, which is what the nonce is for */
    }
    if (!by_hand) {
        snprintf(after.nonce, sizeof after.nonce, "rewind-%u-%u", (unsigned)index, shard->rewinds + 1u);
    }
    after.counter++;
    if (by_hand || sim_dice(sim, 2) == 0) { /* else under a living owner, by force */
        after.owner[0] = '\0';
        after.checkpoint_owner[0] = '\0';
    }
    sim_faults_count(sim, by_hand ? FAULT_REWIND_BY_HAND : FAULT_REWIND);
    sim_trace(sim, "operator", "rewinds %s from %s to %s", shard->id, shard->row.checkpoint,
              after.checkpoint);
    shard->row = after;
    shard->meddled = true;
    shard->rewinds++;
    shard->prefix = to;
    sim_check_settle(sim, shard);
}

void sim_table_restore_row(struct sim *sim, int index, int64_t counter, const char *owner)
{
    struct sim_shard *shard = &sim->shards[index];
    if (!shard->has_row || lease_is_finished(&shard->row) || strcmp(shard->row.owner, owner) != 0) {
        return;
    }
    shard->meddled = true;
    sim_faults_count(sim, FAULT_ROW_RESTORED);
    sim_trace(sim, "operator", "puts the row of %s back to counter %" PRId64 ", without an owner", shard->id,
              counter);
    shard->row.counter = counter;
    shard->row.owner[0] = '\0';
    shard->row.checkpoint_owner[0] = '\0';
}
