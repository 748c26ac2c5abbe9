#include "worker/run.h"

#include <stdio.h>
#include <unistd.h>

#include "aws/streams.h"
#include "base/log.h"
#include "worker/admin/admin.h"
#include "worker/process.h"
#include "worker/worker.h"

enum { REOPEN_WAIT_MS = 5000 };

static int tell_failure(const struct status *status)
{
    if (status->code != STATUS_STOPPED) {
        fprintf(stderr, "penstock: error: %s\n", status->reason);
    }
    return exit_code_of(status);
}

/* From the first lease to the last. `drained` gets the stream's ARN when the table's next one is to be carried. */
static int carry(struct worker *worker, struct stop *stop, struct signals *signals, struct admin *admin,
                 int64_t stop_timeout_ms, char drained[STREAMS_ARN_BYTES])
{
    signals_set_started(signals);
    struct status status = worker_start(worker);
    if (!status_is_ok(&status)) {
        worker_close(worker);
        return tell_failure(&status);
    }
    struct admin_sources sources;
    worker_read_sources(worker, &sources);
    admin_attach(admin, &sources);
    enum worker_end end = worker_wait(worker, stop);
    bool again = end == WORKER_NEW_STREAM;
    int64_t deadline = end == WORKER_STOPPED ? signals_deadline_boot_ms(signals)
                                             : clock_boot_ms(clock_real()) + stop_timeout_ms;
    admin_drain(admin);
    bool clean = false;
    int code = worker_stop(worker, deadline, &clean);
    code = end == WORKER_SINK_GONE ? EXIT_CODE_UNDELIVERED : code;
    if (!clean) {
        _exit(code);
    }
    snprintf(drained, STREAMS_ARN_BYTES, "%s",
             again && code == EXIT_CODE_OK ? worker_stream_arn(worker) : "");
    admin_detach(admin);
    worker_close(worker);
    return code;
}

/* Opens the worker. Once it has been at work, trouble that passes is waited out: nobody starts it again. */
static struct status open_worker(const struct settings *settings, const char *drained, struct stop *stop,
                                 struct worker **ret_worker)
{
    for (;;) {
        struct status status = worker_open(settings, drained, stop, ret_worker);
        bool passing = status.code == STATUS_UNAVAILABLE || status.code == STATUS_TIMEOUT ||
                       status.code == STATUS_THROTTLED;
        if (drained[0] == '\0' || !passing) {
            return status;
        }
        log_write(LOG_WARN, "worker", "cannot go on with the table's new stream; trying again",
                  log_status(&status));
        if (stop_wait_ms(stop, REOPEN_WAIT_MS)) {
            return status_make(STATUS_STOPPED, "stopped between two streams");
        }
    }
}

static int carry_streams(const struct settings *settings, struct stop *stop, struct signals *signals,
                         struct admin *admin)
{
    int code = EXIT_CODE_OK;
    char drained[STREAMS_ARN_BYTES] = "";
    do {
        struct worker *worker = NULL;
        struct status status = open_worker(settings, drained, stop, &worker);
        if (!status_is_ok(&status)) {
            return tell_failure(&status);
        }
        drained[0] = '\0';
        code = carry(worker, stop, signals, admin, settings->stop_timeout_ms, drained);
    } while (drained[0] != '\0');
    return code;
}

static int run_until_stopped(const struct settings *settings, struct stop *stop, struct signals *signals)
{
    struct admin *admin = NULL;
    struct status status = admin_open(settings, clock_real(), &admin);
    if (!status_is_ok(&status)) {
        return tell_failure(&status);
    }
    int code = carry_streams(settings, stop, signals, admin);
    admin_close(admin);
    return code;
}

int run_worker(const struct settings *settings)
{
    log_set_level((enum log_level)settings->log_level);
    process_prepare();
    struct stop stop;
    stop_init(&stop);
    struct signals *signals = NULL;
    struct status status = signals_start(&stop, settings->stop_timeout_ms, clock_real(), &signals);
    int code = status_is_ok(&status) ? run_until_stopped(settings, &stop, signals) : tell_failure(&status);
    signals_destroy(signals);
    stop_destroy(&stop);
    return code;
}
