#include "worker/destination.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "lease/lease_rules.h"
#include "sink/file_sink.h"
#include "sink/firehose_sink.h"
#include "sink/kinesis_sink.h"
#include "sink/stdout_sink.h"
#include "worker/startup_rules.h"

enum { FILE_BYTES = 8 * 1024 * 1024 /* of a landed file before compression */ };

struct status destination_local_failure(struct status cause, const char *setting)
{
    if (cause.code == STATUS_NOT_FOUND) {
        cause.code = STATUS_IO;
    }
    return status_prefix(cause, "%s", setting);
}

static struct status open_firehose(const struct destination_parts *parts, struct sink **ret_sink)
{
    const struct settings *settings = parts->settings;
    const struct firehose_sink_options options = {
        .delivery_stream = settings->firehose,
        .client = parts->access->firehose,
        .letters = parts->places->letters,
        .large = parts->places->large,
        .spill = parts->places->spill,
        .clock = parts->clock,
        .flush_age_ms = settings->flush_age_ms,
        .pack_bytes = (size_t)settings->pack_bytes,
        .fleet_bytes_per_second = settings->firehose_bytes_per_second,
        .requests_in_flight = (uint32_t)settings->requests_in_flight,
        .request_timeout_ms = lease_margin_ms(settings->failover_ms),
    };
    return firehose_sink_create(&options, ret_sink);
}

/* What the data stream takes. A role without the right to look may still put: AWS's defaults then. Credentials that are
 * refused put nothing: the start ends. */
static struct status describe_kinesis(const struct destination_parts *parts,
                                      struct kinesis_summary *ret_summary)
{
    const char *name = parts->settings->kinesis;
    struct status status = kinesis_describe(parts->access->kinesis, name, parts->stop, ret_summary);
    if (status.code == STATUS_DENIED && strstr(status.reason, "AccessDenied") != NULL) {
        log_write(LOG_WARN, "worker", "cannot look at the data stream: records of up to 1 MiB are sent to it",
                  log_text("data_stream", name), log_status(&status));
        *ret_summary = (struct kinesis_summary){.active = true, .record_bytes = KINESIS_RECORD_BYTES};
        return status_ok();
    }
    if (status.code == STATUS_NOT_FOUND) {
        return status_make(STATUS_NOT_FOUND, "--kinesis %s: there is no such data stream in %s", name,
                           parts->access->region);
    }
    if (!status_is_ok(&status)) {
        const struct startup_call call = {"kinesis:DescribeStreamSummary", name, parts->access->region,
                                          "--kinesis", parts->access->credentials};
        return startup_explain(&call, &status);
    }
    if (!ret_summary->active) {
        return status_make(STATUS_UNAVAILABLE, "--kinesis %s: the data stream is %s, not ACTIVE", name,
                           ret_summary->state);
    }
    return status;
}

static struct status open_kinesis(const struct destination_parts *parts, struct sink **ret_sink)
{
    const struct settings *settings = parts->settings;
    struct kinesis_summary summary = {.active = false};
    TRY(describe_kinesis(parts, &summary));
    const struct kinesis_sink_options options = {
        .stream = settings->kinesis,
        .client = parts->access->kinesis,
        .letters = parts->places->letters,
        .clock = parts->clock,
        .flush_age_ms = settings->flush_age_ms,
        .pack_bytes = (size_t)settings->pack_bytes,
        .record_bytes = (size_t)summary.record_bytes,
        .requests_in_flight = (uint32_t)settings->requests_in_flight,
        .request_timeout_ms = lease_margin_ms(settings->failover_ms),
    };
    return kinesis_sink_create(&options, ret_sink);
}

static struct status open_files(const struct destination_parts *parts, struct sink **ret_sink)
{
    const struct file_sink_options options = {
        .directory = parts->settings->file,
        .table = parts->table,
        .worker_id = parts->worker_id,
        .clock = parts->clock,
        .flush_age_ms = parts->settings->flush_age_ms,
        .file_bytes = FILE_BYTES,
    };
    struct status status = file_sink_create(&options, ret_sink);
    return status_is_ok(&status) ? status : destination_local_failure(status, "--file");
}

static struct status open_stdout(const struct destination_parts *parts, struct sink **ret_sink)
{
    const struct stdout_sink_options options = {
        .descriptor = STDOUT_FILENO,
        .clock = parts->clock,
        .flush_age_ms = parts->settings->flush_age_ms,
    };
    return stdout_sink_create(&options, ret_sink);
}

struct status destination_open(const struct destination_parts *parts, struct sink **ret_sink)
{
    switch (settings_destination(parts->settings)) {
    case SETTING_FIREHOSE:
        return open_firehose(parts, ret_sink);
    case SETTING_KINESIS:
        return open_kinesis(parts, ret_sink);
    case SETTING_FILE:
        return open_files(parts, ret_sink);
    default:
        return open_stdout(parts, ret_sink);
    }
}

const char *destination_name(const struct settings *settings)
{
    switch (settings_destination(settings)) {
    case SETTING_FIREHOSE:
        return settings->firehose;
    case SETTING_KINESIS:
        return settings->kinesis;
    case SETTING_FILE:
        return settings->file;
    default:
        return "standard output";
    }
}
