#include "worker/worker.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "lease/lease_rules.h"
#include "sink/budget.h"
#include "worker/access.h"
#include "worker/admin/emf.h"
#include "worker/destination.h"
#include "worker/filter/filter_load.h"
#include "worker/identity.h"
#include "worker/places.h"
#include "worker/report.h"
#include "worker/startup.h"
#include "worker/succession.h"
#include "worker/supervisor.h"
#include "worker/timing.h"
#include "worker/trim_watch.h"

enum {
    RELEASE_POLL_MS = 5,
    WAIT_MS = 500, /* between two looks at what is due */
    METRICS_MS = 60000,
    STATE_DIR_BYTES = 4096,
    SHARES = 4, /* one shard may hold this part of the budget */
};

struct worker {
    const struct settings *settings;
    const struct clock *clock;

    /* In the order of construction. */
    struct access access;
    struct stream_target target;
    char app[DYNAMODB_NAME_BYTES];
    char worker_id[LEASE_OWNER_BYTES];
    char previous_worker_id[POSITIONS_WORKER_BYTES];
    struct positions *positions;
    struct places places;
    struct filter *filter; /* NULL: every record goes on */
    struct buffers *buffers;
    struct budget *budget;
    struct sink *sink;
    struct projection *projection; /* NULL: all attributes land */
    struct shard_environment environment;
    struct poll_budget *poll_budget; /* NULL: no limit */
    struct stack_rest stack_rest;
    struct supervisor *supervisor;
    struct lease_keeper *keeper; /* NULL until worker_start */

    struct trim_watch trim;
    struct report_memory report;
    struct emf_memory emf;
};

static struct status open_positions(struct worker *worker)
{
    const struct environment *environment = environment_real();
    char state_dir[STATE_DIR_BYTES];
    TRY(startup_state_dir(worker->settings->state_dir, environment->get, environment->context, state_dir,
                          sizeof state_dir));
    const struct positions_options options = {
        .state_dir = state_dir,
        .app = worker->app,
        .stream_arn = worker->target.arn,
        .worker_id = worker->worker_id,
        .clock = worker->clock,
    };
    struct status status = positions_open(&options, &worker->positions);
    if (!status_is_ok(&status)) {
        return destination_local_failure(status, "--state-dir");
    }
    positions_previous_worker(worker->positions, worker->previous_worker_id);
    return status;
}

static void flush_sink(void *context)
{
    struct sink *sink = context;
    sink->flush(sink);
}

static struct status open_sink(struct worker *worker, struct stop *stop)
{
    const struct settings *settings = worker->settings;
    TRY(places_open(settings, &worker->access, worker->target.table, worker->worker_id, &worker->places));
    const struct budget_options options = {
        .total_bytes = (size_t)settings->buffer_bytes,
        .share_cap_bytes = (size_t)settings->buffer_bytes / SHARES,
    };
    TRY(buffers_create((size_t)settings->buffer_bytes, &worker->buffers));
    TRY(budget_create(&options, &worker->budget));
    const struct destination_parts parts = {
        .settings = settings,
        .access = &worker->access,
        .places = &worker->places,
        .table = worker->target.table,
        .worker_id = worker->worker_id,
        .clock = worker->clock,
        .stop = stop,
    };
    TRY(destination_open(&parts, &worker->sink));
    budget_set_flush(worker->budget, flush_sink, worker->sink);
    return status_ok();
}

static struct status open_supervisor(struct worker *worker)
{
    const struct settings *settings = worker->settings;
    TRY(projection_create(settings->include_attributes, settings->exclude_attributes, &worker->projection));
    if (worker->filter != NULL) {
        filter_set_stream(worker->filter, worker->target.arn);
    }
    if (settings->poll_budget > 0) {
        TRY(poll_budget_create(settings->poll_budget, worker->clock, &worker->poll_budget));
    }
    worker->environment = (struct shard_environment){
        .streams = worker->access.streams,
        .sink = worker->sink,
        .budget = worker->budget,
        .buffers = worker->buffers,
        .positions = worker->positions,
        .letters = worker->places.letters,
        .clock = worker->clock,
        .stream_arn = worker->target.arn,
        .stream_label = worker->target.label,
        .table = worker->target.table,
        .region = worker->access.region,
        .old_image = settings->old_image,
        .line_form = {.format = (enum line_format)settings->format,
                      .images = (enum line_images)settings->images,
                      .projection = worker->projection},
        .filter = worker->filter,
        .poll_ms = settings->poll_ms,
        .poll_idle_ms = settings->poll_idle_ms,
        .poll_budget = worker->poll_budget,
        .stack_rest = &worker->stack_rest,
    };
    const struct supervisor_options options = {
        .environment = &worker->environment,
        .positions = worker->positions,
        .clock = worker->clock,
        .failover_ms = settings->failover_ms,
    };
    return supervisor_create(&options, &worker->supervisor);
}

static struct status stopped_or_ok(struct stop *stop)
{
    return stop_is_requested(stop) ? status_make(STATUS_STOPPED, "stopped while starting") : status_ok();
}

static struct status open_all(struct worker *worker, const char *drained, struct stop *stop)
{
    const struct settings *settings = worker->settings;
    TRY(filter_load_settings(settings, &worker->filter));
    TRY(access_open(settings, worker->clock, &worker->access));
    TRY(stopped_or_ok(stop));
    TRY(startup_resolve(&worker->access, settings,
                        worker->filter != NULL && filter_compares_images(worker->filter), stop,
                        &worker->target));
    TRY(startup_prepare_leases(&worker->access, settings, &worker->target, worker->clock, stop, worker->app));
    if (settings->table != NULL) {
        TRY(succession_choose(&worker->access, worker->app, drained, stop, &worker->target));
    }
    identity_make(settings->worker_id, environment_real(), worker->access.transport, stop, worker->worker_id);
    log_set_worker(worker->worker_id);
    TRY(open_positions(worker));
    TRY(open_sink(worker, stop));
    TRY(open_supervisor(worker));
    return stopped_or_ok(stop);
}

struct status worker_open(const struct settings *settings, const char *drained, struct stop *stop,
                          struct worker **ret_worker)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return status_no_memory("the worker", sizeof *worker);
    }
    worker->settings = settings;
    worker->clock = clock_real();
    struct status status = open_all(worker, drained, stop);
    if (!status_is_ok(&status)) {
        worker_close(worker);
        return status;
    }
    *ret_worker = worker;
    return status;
}

const char *worker_stream_arn(const struct worker *worker)
{
    return worker->target.arn;
}

struct status worker_start(struct worker *worker)
{
    const struct settings *settings = worker->settings;
    const struct lease_keeper_options options = {
        .dynamodb = worker->access.dynamodb,
        .streams = worker->access.streams,
        .clock = worker->clock,
        .table = worker->app,
        .stream_arn = worker->target.arn,
        .worker_id = worker->worker_id,
        .previous_worker_id = worker->previous_worker_id,
        .start_at_latest = settings->start == SETTING_START_LATEST,
        .failover_ms = settings->failover_ms,
        .max_leases = (uint32_t)settings->max_leases,
        .seed = random_seed_from_system(),
        .observer = supervisor_observer(worker->supervisor),
    };
    if (aws_session_retry_mode(worker->access.session) == RETRY_MODE_LEGACY) {
        log_write(LOG_INFO, "worker", "the retry mode 'legacy' is taken as 'standard'");
    }
    if (worker->access.app_id_is_cut) {
        log_write(LOG_WARN, "worker", "AWS_SDK_UA_APP_ID (sdk_ua_app_id) is cut at 50 characters");
    }
    log_write(LOG_INFO, "worker", "worker started", log_text("version", PENSTOCK_VERSION),
              log_text("table", worker->target.table), log_text("stream", worker->target.arn),
              log_text("app", worker->app), log_text("destination", destination_name(settings)),
              log_text("region", worker->access.region), log_text("credentials", worker->access.credentials));
    TRY(lease_keeper_start(&options, &worker->keeper));
    TRY(supervisor_start(worker->supervisor, worker->keeper));
    worker->report.boot_ms = clock_boot_ms(worker->clock);
    return status_ok();
}

static struct report_sources sources_of(struct worker *worker)
{
    return (struct report_sources){
        .supervisor = worker->supervisor,
        .keeper = worker->keeper,
        .sink = worker->sink,
        .budget = worker->budget,
        .poll_budget = worker->poll_budget,
        .positions = worker->positions,
        .letters = worker->places.letters,
        .spill = worker->places.spill,
        .clock = worker->clock,
    };
}

void worker_read_sources(struct worker *worker, struct admin_sources *ret_sources)
{
    const struct settings *settings = worker->settings;
    *ret_sources = (struct admin_sources){
        .parts = sources_of(worker),
        .session = worker->access.session,
        .clients = {worker->access.dynamodb, worker->access.streams, worker->access.firehose,
                    worker->access.kinesis, worker->access.s3.client},
        .client_names = {"dynamodb", "streams", "firehose", "kinesis", "s3"},
        .worker_id = worker->worker_id,
        .app = worker->app,
        .table = worker->target.table,
        .stream_arn = worker->target.arn,
        .region = worker->access.region,
        .destination = destination_name(settings),
        .to_firehose = settings->firehose != NULL,
        .to_kinesis = settings->kinesis != NULL,
        .buffer_limit_bytes = (size_t)settings->buffer_bytes,
        .failover_ms = settings->failover_ms,
        .poll_idle_ms = settings->poll_idle_ms,
    };
}

static void write_metrics(struct worker *worker)
{
    if (worker->settings->emf == SETTING_EMF_STDOUT) {
        struct admin_sources sources;
        worker_read_sources(worker, &sources);
        emf_emit(&sources, &worker->emf, STDOUT_FILENO);
    }
}

/* The leases that somebody holds, by the last scan, divide what the fleet may send. */
static void divide_limit(struct worker *worker, const struct lease_keeper_counts *counts)
{
    size_t idle = counts->finished + counts->unowned;
    if (worker->sink->divide != NULL && counts->last_scan_boot_ms != 0) {
        worker->sink->divide(worker->sink, counts->held, counts->total > idle ? counts->total - idle : 0);
    }
}

enum worker_end worker_wait(struct worker *worker, struct stop *stop)
{
    const struct report_sources sources = sources_of(worker);
    struct succession succession = {
        .access = &worker->access,
        .target = &worker->target,
        .app = worker->app,
        .clock = worker->clock,
        .cancel = stop,
        .follows = worker->settings->table != NULL,
    };
    int64_t metrics_boot_ms = clock_boot_ms(worker->clock) + METRICS_MS;
    int64_t report_boot_ms = clock_boot_ms(worker->clock) + worker->settings->progress_ms;
    for (;;) {
        int64_t left_ms = report_boot_ms - clock_boot_ms(worker->clock);
        if (stop_wait_ms(stop, left_ms < WAIT_MS ? left_ms : WAIT_MS)) {
            return WORKER_STOPPED;
        }
        buffers_tidy(worker->buffers);
        if (clock_boot_ms(worker->clock) >= report_boot_ms) {
            report_progress(&sources, &worker->report);
            report_boot_ms = clock_boot_ms(worker->clock) + worker->settings->progress_ms;
        }
        if (clock_boot_ms(worker->clock) >= metrics_boot_ms) {
            write_metrics(worker);
            metrics_boot_ms += METRICS_MS;
        }
        struct sink_counts sink;
        worker->sink->read_counts(worker->sink, &sink);
        if (sink.broken) {
            return WORKER_SINK_GONE;
        }
        trim_watch_look(&worker->trim, worker->supervisor, worker->places.spill, worker->clock);
        struct lease_keeper_counts counts;
        lease_keeper_read_counts(worker->keeper, &counts);
        divide_limit(worker, &counts);
        if (succession_look(&succession, &counts)) {
            return WORKER_NEW_STREAM;
        }
    }
}

/* The keeper writes releases on its own threads; returns how many leases are left at `until_boot_ms`. */
static size_t wait_until_released(struct worker *worker, int64_t until_boot_ms)
{
    struct stop pause;
    stop_init(&pause);
    size_t held = lease_keeper_held(worker->keeper);
    while (held > 0 && clock_boot_ms(worker->clock) < until_boot_ms) {
        (void)stop_wait_ms(&pause, RELEASE_POLL_MS);
        held = lease_keeper_held(worker->keeper);
    }
    stop_destroy(&pause);
    return held;
}

static bool drain(struct worker *worker, int64_t begun_boot_ms, int64_t deadline_boot_ms)
{
    lease_keeper_leave(worker->keeper);
    supervisor_leave(worker->supervisor);
    int64_t abort_at = timing_abort_boot_ms(begun_boot_ms, deadline_boot_ms, worker->settings->failover_ms);
    if (supervisor_wait_idle(worker->supervisor, abort_at - clock_boot_ms(worker->clock))) {
        return true;
    }
    supervisor_log_unfinished(worker->supervisor);
    supervisor_abort(worker->supervisor);
    int64_t final = timing_final_boot_ms(begun_boot_ms, deadline_boot_ms);
    return supervisor_wait_idle(worker->supervisor, final - clock_boot_ms(worker->clock));
}

int worker_stop(struct worker *worker, int64_t deadline_boot_ms, bool *ret_clean)
{
    int64_t begun = clock_boot_ms(worker->clock);
    bool idle = drain(worker, begun, deadline_boot_ms);
    size_t leases = wait_until_released(worker, timing_final_boot_ms(begun, deadline_boot_ms));
    struct supervisor_totals totals;
    supervisor_read_totals(worker->supervisor, &totals);
    uint64_t undelivered = totals.records_open + totals.records_given_up;
    const struct report_sources sources = sources_of(worker);
    write_metrics(worker); /* what was added since the last line */
    report_stopped(&sources, undelivered, leases, clock_boot_ms(worker->clock) - begun);
    *ret_clean = idle;
    return undelivered == 0 && leases == 0 ? EXIT_CODE_OK : EXIT_CODE_UNDELIVERED;
}

void worker_close(struct worker *worker)
{
    if (worker->supervisor != NULL) {
        supervisor_stop(worker->supervisor);
    }
    if (worker->keeper != NULL) {
        lease_keeper_destroy(worker->keeper);
    }
    supervisor_destroy(worker->supervisor);
    poll_budget_destroy(worker->poll_budget);
    projection_destroy(worker->projection);
    if (worker->sink != NULL) {
        worker->sink->close(worker->sink, clock_boot_ms(worker->clock));
    }
    if (worker->budget != NULL) {
        budget_destroy(worker->budget);
    }
    buffers_destroy(worker->buffers);
    places_close(&worker->places);
    if (worker->positions != NULL) {
        positions_close(worker->positions);
    }
    filter_destroy(worker->filter);
    access_close(&worker->access);
    free(worker);
}
