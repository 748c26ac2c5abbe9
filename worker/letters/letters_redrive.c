#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "aws/firehose.h"
#include "sink/large_records.h"
#include "worker/exit_code.h"
#include "worker/letters/letters_parse.h"
#include "worker/letters/letters_read.h"

enum { CONTENT_CEILING = 64 * 1024 * 1024, TRIES = 5, PAUSE_MS = 200 };

struct redrive {
    const struct letters_request *request;
    const struct letters_access *access;
    struct large_records large; /* with --large-records */
    struct bytes content;
    struct bytes body;
    size_t delivered;
    size_t left;
};

static void pause_before(uint32_t attempt)
{
    int64_t ms = (int64_t)PAUSE_MS << attempt;
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) {
    }
}

static struct status put_once(struct redrive *redrive, struct slice line)
{
    enum put_verdict verdict = PUT_FAILED;
    char code[AWS_ERROR_CODE_BYTES] = "";
    struct aws_reply reply = {.attempts = 0};
    TRY(firehose_body_begin(&redrive->body, redrive->request->firehose));
    TRY(firehose_body_add(&redrive->body, &line, 1));
    TRY(firehose_body_end(&redrive->body));
    struct status status = firehose_put_record_batch(
        redrive->access->access.firehose, bytes_slice(&redrive->body), 1, NULL, &reply, &verdict, code);
    aws_reply_free(&reply);
    if (status_is_ok(&status) && verdict != PUT_ACCEPTED) {
        return status_make(STATUS_THROTTLED, "Firehose failed the record: %s", code);
    }
    return status;
}

static bool passes(enum status_code code)
{
    return code == STATUS_THROTTLED || code == STATUS_UNAVAILABLE || code == STATUS_TIMEOUT ||
           code == STATUS_CORRUPT;
}

static struct status put_line(struct redrive *redrive, struct slice line)
{
    struct status status = put_once(redrive, line);
    for (uint32_t attempt = 1; passes(status.code) && attempt < TRIES; attempt++) {
        pause_before(attempt);
        status = put_once(redrive, line);
    }
    return status;
}

static struct status deliver(struct redrive *redrive, const struct letter_view *view, bool large)
{
    struct slice line = bytes_slice(&redrive->content);
    return large ? large_records_store(&redrive->large, view->shard, line, NULL) : put_line(redrive, line);
}

static struct status remove_letter(const struct redrive *redrive, const char *name)
{
    const struct s3_url *url = &redrive->access->place.url;
    char key[S3_KEY_BYTES];
    (void)snprintf(key, sizeof key, "%s%s%s", url->prefix, url->prefix[0] == '\0' ? "" : "/", name);
    const struct s3_object object = {url->bucket, key, NULL};
    return s3_delete_object(&redrive->access->access.s3, &object, NULL);
}

static struct status leave(struct redrive *redrive, const char *name, const char *why)
{
    redrive->left++;
    printf("left       %s: %s\n", name, why);
    return status_ok();
}

/* Why the letter cannot go; NULL: it can. */
static const char *obstacle(const struct redrive *redrive, const struct letter_view *view, bool large)
{
    if (!view->is_line) {
        return "a record that could not be decoded is no line";
    }
    if (large && redrive->request->large_records == NULL) {
        return "too long for a Firehose record: give --large-records";
    }
    return NULL;
}

static struct status redrive_letter(void *context, const char *name, struct slice text)
{
    struct redrive *redrive = context;
    struct letter_view view;
    struct status status = letters_parse(text, &view, &redrive->content);
    if (!status_is_ok(&status)) {
        return leave(redrive, name, status.reason);
    }
    bool large = redrive->content.length > FIREHOSE_RECORD_BYTES;
    const char *why = obstacle(redrive, &view, large);
    if (why != NULL) {
        return leave(redrive, name, why);
    }
    const char *where = large ? redrive->request->large_records : redrive->request->firehose;
    if (!redrive->request->execute) {
        redrive->delivered++;
        printf("would send %s to %s\n", name, where);
        return status_ok();
    }
    status = deliver(redrive, &view, large);
    if (!status_is_ok(&status)) {
        return leave(redrive, name, status.reason);
    }
    redrive->delivered++;
    printf("sent       %s to %s\n", name, where);
    return redrive->request->remove ? remove_letter(redrive, name) : status_ok();
}

static struct status check(const struct letters_request *request, const struct letters_access *access)
{
    if (request->all == (request->letters.count > 0)) {
        return status_make(STATUS_INVALID, "which letters? give their names, or --all");
    }
    if (request->firehose == NULL) {
        return status_make(STATUS_INVALID, "where to? give --firehose NAME");
    }
    if (request->remove && access->place.kind != DEAD_LETTER_S3) {
        return status_make(STATUS_INVALID,
                           "--delete goes with letters in a bucket: workers append to a folder's files");
    }
    return status_ok();
}

static struct status run(struct redrive *redrive)
{
    const struct letters_visit visit = {redrive_letter, redrive};
    TRY(check(redrive->request, redrive->access));
    if (redrive->request->large_records != NULL) {
        struct s3_landing *landing = &redrive->large.landing;
        landing->s3 = &redrive->access->access.s3;
        redrive->large.clock = clock_real();
        TRY(status_prefix(s3_url_parse(redrive->request->large_records, &landing->url), "--large-records"));
    }
    return letters_read(redrive->access, redrive->request, &visit);
}

int letters_redrive_run(const struct command_line *line)
{
    const struct letters_request *request = line->request;
    struct letters_access access = {.place = {.folder = NULL}};
    struct redrive redrive = {.request = request, .access = &access};
    bytes_init(&redrive.content, CONTENT_CEILING);
    bytes_init(&redrive.body, FIREHOSE_REQUEST_BYTES);
    struct status status = letters_open(request, &access);
    if (status_is_ok(&status)) {
        status = run(&redrive);
    }
    letters_close(&access);
    bytes_free(&redrive.content);
    bytes_free(&redrive.body);
    if (!status_is_ok(&status)) {
        (void)fflush(stdout);
        fprintf(stderr, "penstock: error: %s\n", status.reason);
        return status.code == STATUS_INVALID ? EXIT_CODE_USAGE : exit_code_of(&status);
    }
    fprintf(stderr, "%zu letter%s %s, %zu left\n", redrive.delivered, redrive.delivered == 1 ? "" : "s",
            request->execute ? "sent" : "would be sent", redrive.left);
    if (!request->execute) {
        fputs("nothing was sent: this was a dry run; --execute sends\n", stderr);
    }
    int code = commands_finish_output();
    return code == EXIT_CODE_OK && redrive.left > 0 ? EXIT_CODE_UNDELIVERED : code;
}
