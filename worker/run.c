#include "worker/run.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "worker/process.h"
#include "worker/worker.h"

static int tell_failure(const struct status *status)
{
    if (status->code != STATUS_STOPPED) {
        fprintf(stderr, "penstock: error: %s\n", status->reason);
    }
    return exit_code_of(status);
}

/* From the first lease to the last. */
static int carry(struct worker *worker, struct stop *stop, struct signals *signals)
{
    signals_set_started(signals);
    struct status status = worker_start(worker);
    if (!status_is_ok(&status)) {
        worker_close(worker);
        return tell_failure(&status);
    }
    worker_wait(worker, stop);
    bool clean = false;
    int code = worker_stop(worker, signals_deadline_boot_ms(signals), &clean);
    if (!clean) {
        _exit(code);
    }
    worker_close(worker);
    return code;
}

static int run_until_stopped(const struct settings *settings, struct stop *stop, struct signals *signals)
{
    struct worker *worker = NULL;
    struct status status = worker_open(settings, stop, &worker);
    if (!status_is_ok(&status)) {
        return tell_failure(&status);
    }
    return carry(worker, stop, signals);
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
