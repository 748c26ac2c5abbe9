#include "worker/filter/filter_command.h"

#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "worker/exit_code.h"
#include "worker/filter/filter_load.h"
#include "worker/filter/filter_report.h"
#include "worker/filter/filter_source.h"

/* One run of the command. */
struct trial {
    const struct filter_request *request;
    struct filter *filter;
    size_t most; /* records; 0: no bound */
    struct filter_report report; /* with --dry-run */
    size_t records, defects; /* without */
    struct status failure;
};

/* The record as it came, on one line. */
static struct status print_record(const struct decode_record *record)
{
    const char *at = record->whole.at;
    const char *end = at + record->whole.length;
    while (at < end) {
        const char *start = at;
        while (at < end && *at != '\n' && *at != '\r') {
            at++;
        }
        fwrite(start, 1, (size_t)(at - start), stdout);
        at += at < end;
    }
    fputc('\n', stdout);
    return ferror(stdout) ? status_make(STATUS_IO, "cannot write to standard output") : status_ok();
}

static struct status let_through(struct trial *trial, const struct decode_record *record)
{
    if (record->defect != NULL) {
        trial->defects++;
        fprintf(stderr, "penstock: record %zu cannot be decoded and would go to the dead letters: %s\n",
                trial->records, record->defect);
        return status_ok();
    }
    return filter_judge(trial->filter, record) == FILTER_DROP ? status_ok() : print_record(record);
}

static bool take_record(void *context, const struct decode_record *record)
{
    struct trial *trial = context;
    trial->records++;
    trial->failure = trial->request->dry_run ? filter_report_add(&trial->report, trial->filter, record)
                                             : let_through(trial, record);
    return status_is_ok(&trial->failure) && trial->records != trial->most;
}

static struct status read_files(struct trial *trial, const struct filter_taker *taker)
{
    bool more = true;
    for (size_t i = 0; i < trial->request->files.count && more; i++) {
        TRY(filter_source_file(trial->request->files.at[i], taker, &more));
    }
    return status_ok();
}

static struct status read_source(struct trial *trial)
{
    const struct filter_request *request = trial->request;
    const struct filter_taker taker = {trial, take_record};
    trial->most = (size_t)request->records;
    if (request->files.count > 0) {
        TRY(read_files(trial, &taker));
        return trial->failure;
    }
    if ((request->table == NULL) == (request->stream_arn == NULL)) {
        return status_make(STATUS_INVALID,
                           "nothing to read: give a FILE (- for standard input), or one of --table NAME "
                           "and --stream-arn ARN");
    }
    if (trial->most == 0) {
        trial->most = FILTER_STREAM_RECORDS;
    }
    TRY(filter_source_stream(request, trial->filter, &taker));
    return trial->failure;
}

static struct status try_filter(struct trial *trial, char *const *environment)
{
    const struct filter_request *request = trial->request;
    const struct filter_texts texts = {request->filter, "--filter", request->filter_file};
    TRY(filter_load(&texts, &trial->filter));
    if (trial->filter == NULL) {
        return status_make(STATUS_INVALID, "no pattern: give --filter PATTERN or --filter-file FILE");
    }
    TRY(read_source(trial));
    if (!request->dry_run) {
        return status_ok();
    }
    struct leases_style style =
        leases_style_of(stdout, (enum leases_form)request->output, !request->no_headers, environment);
    return filter_report_print(&trial->report, trial->filter, &style);
}

int filter_run(const struct command_line *line)
{
    struct trial trial = {.request = line->request, .failure = status_ok()};
    log_set_level((enum log_level)trial.request->log_level);
    signal(SIGPIPE, SIG_IGN); /* output that nobody reads is an error in words, not a death in silence */
    struct status status = try_filter(&trial, line->environment);
    filter_report_free(&trial.report);
    filter_destroy(trial.filter);
    if (!status_is_ok(&status)) {
        fprintf(stderr, "penstock: error: %s\n", status.reason);
        return status.code == STATUS_INVALID ? EXIT_CODE_USAGE : exit_code_of(&status);
    }
    int code = commands_finish_output();
    return code == EXIT_CODE_OK && trial.defects > 0 ? EXIT_CODE_FAILURE : code;
}
