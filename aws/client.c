#include "aws/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/attempt.h"
#include "aws/call_pace.h"
#include "aws/credential_shared.h"
#include "aws/http_url.h"

enum { ATTEMPT_TIMEOUT_DEFAULT_MS = 10000 };

struct aws_client {
    /* Constant after creation. */
    const struct aws_service_traits *service;
    char *region;
    char *url; /* the endpoint, with a path */
    struct http_transport *transport;
    struct credentials_source *credentials; /* NULL: unsigned */
    const struct clock *clock;
    uint32_t max_attempts;

    struct call_pace pace; /* with a lock of its own, as the next */

    struct mutex lock;
    struct retry_bucket bucket GUARDED_BY(lock);
    struct sigv4_key_cache keys GUARDED_BY(lock);
    struct random random GUARDED_BY(lock);
    struct aws_client_counts counts GUARDED_BY(lock); /* the learned clock offset among them */
    struct call_counts calls GUARDED_BY(lock);
};

/* One call, from its first attempt to its last. It belongs to the calling thread. */
struct run {
    struct aws_client *client;
    const struct aws_call *call;
    struct aws_reply *reply;
    char invocation_id[ATTEMPT_INVOCATION_ID_BYTES];
    uint32_t attempts; /* started */
    uint32_t paid_attempts; /* of those, all but the free ones after a refusal of clock or credentials */
    uint32_t max;
    int last_cost; /* of the last retry, for the refund */
    bool skew_tried;
    bool refresh_tried;
    int64_t signing_time_ms; /* of the last attempt */
    enum retry_verdict verdict; /* on the last attempt */
};

/* The endpoint with "/" behind when it has no path, since the request line needs one. */
static char *copy_url(const char *endpoint)
{
    struct http_url url;
    char *copy = NULL;
    if (http_url_parse(endpoint, &url).code != STATUS_OK) {
        return NULL;
    }
    bool bare = url.origin.length == strlen(endpoint);
    return asprintf(&copy, "%s%s", endpoint, bare ? "/" : "") < 0 ? NULL : copy;
}

struct status aws_client_create(const struct aws_client_options *options,
                                struct aws_client **ret_client) NO_THREAD_CHECK
{
    struct http_url url;
    if ((int)options->service < 0 || options->service >= AWS_SERVICE_COUNT) {
        return status_make(STATUS_INVALID, "there is no service %d", (int)options->service);
    }
    TRY(http_url_parse(options->endpoint, &url));
    struct aws_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return status_no_memory("a client", sizeof *client);
    }
    client->service = aws_service_traits(options->service);
    client->transport = options->transport;
    client->credentials = options->credentials;
    client->clock = options->clock;
    client->max_attempts = options->max_attempts;
    if (client->max_attempts == 0) {
        client->max_attempts = client->service->dynamodb ? RETRY_ATTEMPTS_DYNAMODB : RETRY_ATTEMPTS;
    }
    call_pace_init(&client->pace, options->retry_mode, options->clock);
    mutex_init(&client->lock);
    retry_bucket_init(&client->bucket);
    random_init(&client->random, random_seed_from_system());
    client->region = strdup(options->region);
    client->url = copy_url(options->endpoint);
    if (client->region == NULL || client->url == NULL) {
        aws_client_destroy(client);
        return status_make(STATUS_NO_MEMORY, "out of memory for a client");
    }
    *ret_client = client;
    return status_ok();
}

void aws_client_destroy(struct aws_client *client) NO_THREAD_CHECK
{
    if (client == NULL) {
        return;
    }
    memory_wipe(&client->keys, sizeof client->keys);
    mutex_destroy(&client->lock);
    call_pace_destroy(&client->pace);
    free(client->region);
    free(client->url);
    free(client);
}

void aws_reply_free(struct aws_reply *reply)
{
    http_reply_free(&reply->http);
    *reply = (struct aws_reply){.http = reply->http};
}

void aws_client_read_counts(struct aws_client *client, struct aws_client_counts *ret_counts)
{
    mutex_lock(&client->lock);
    *ret_counts = client->counts;
    ret_counts->retry_tokens = client->bucket.tokens;
    mutex_unlock(&client->lock);
    ret_counts->send_rate = call_pace_rate(&client->pace);
}

void aws_client_read_calls(struct aws_client *client, struct call_counts *ret_calls)
{
    mutex_lock(&client->lock);
    *ret_calls = client->calls;
    mutex_unlock(&client->lock);
}

/* ---- Beginning ---- */

static void begin(struct run *run)
{
    struct aws_client *client = run->client;
    attempt_clear_reply(run->reply);
    run->reply->held_back = false;
    run->max = run->call->max_attempts > 0 ? run->call->max_attempts : client->max_attempts;
    mutex_lock(&client->lock);
    attempt_make_invocation_id(&client->random, run->invocation_id);
    client->counts.calls++;
    mutex_unlock(&client->lock);
}

/* ---- One attempt ---- */

static struct status get_credentials(const struct run *run, struct credential_shared **ret_shared)
{
    struct status status = credential_shared_get(run->client->credentials, ret_shared);
    if (status.code != STATUS_OK) {
        status.code = aws_error_without_credentials(status.code);
    }
    return status_prefix(status, "%s %s: no credentials", run->client->service->name, run->call->operation);
}

/* The time of one exchange: its own, within the call's deadline. */
static int64_t time_left_ms(const struct run *run)
{
    int64_t timeout = run->call->attempt_timeout_ms;
    timeout = timeout > 0 ? timeout : ATTEMPT_TIMEOUT_DEFAULT_MS;
    if (run->call->deadline_boot_ms > 0) {
        int64_t left = run->call->deadline_boot_ms - clock_boot_ms(run->client->clock);
        timeout = left < timeout ? left : timeout;
    }
    return timeout;
}

static struct status prepare_signature(struct run *run, const struct credentials *credentials,
                                       unsigned char key[CRYPTO_SHA256_BYTES])
{
    struct aws_client *client = run->client;
    char date[TIMESTAMP_BASIC_BYTES];
    mutex_lock(&client->lock);
    client->counts.attempts++;
    run->signing_time_ms = clock_wall_ms(client->clock) + client->counts.clock_offset_ms;
    timestamp_format_basic(run->signing_time_ms, date);
    struct sigv4_scope scope = {client->region, client->service->signing_name, date};
    struct status status = status_ok();
    if (credentials != NULL) {
        status = sigv4_cached_key(&client->keys, &scope, credentials->secret_access_key, key);
    }
    mutex_unlock(&client->lock);
    return status;
}

static struct status attempt_with(struct run *run, const struct credentials *credentials)
{
    struct aws_client *client = run->client;
    unsigned char key[CRYPTO_SHA256_BYTES] = {0};
    TRY(prepare_signature(run, credentials, key));
    int64_t timeout_ms = time_left_ms(run);
    if (timeout_ms <= 0) {
        return status_make(STATUS_TIMEOUT, "%s %s: the deadline passed before attempt %u",
                           client->service->name, run->call->operation, run->attempts + 1);
    }
    run->attempts++;
    struct attempt attempt = {
        .service = client->service,
        .region = client->region,
        .url = client->url,
        .transport = client->transport,
        .call = run->call,
        .invocation_id = run->invocation_id,
        .number = run->attempts,
        .max = run->max > run->attempts ? run->max : run->attempts,
        .timeout_ms = timeout_ms,
        .signing_time_ms = run->signing_time_ms,
        .credentials = credentials,
        .signing_key = key,
    };
    struct status status = attempt_perform(&attempt, run->reply, &run->verdict);
    call_pace_reply(&client->pace, run->verdict == RETRY_THROTTLED);
    memory_wipe(key, sizeof key);
    return status;
}

static struct status attempt_once(struct run *run)
{
    run->verdict = RETRY_NONE;
    if (run->client->credentials == NULL) {
        return attempt_with(run, NULL);
    }
    struct credential_shared *shared = NULL;
    TRY(get_credentials(run, &shared));
    struct status status = attempt_with(run, &shared->credentials);
    credential_shared_release(shared);
    return status;
}

/* ---- Whether there is a next one ---- */

/* Learns the server's clock from its Date header. True when that explains the refusal. */
static bool learn_skew(struct run *run)
{
    int64_t server_ms = 0;
    if (run->skew_tried || !timestamp_parse_http(http_reply_header(&run->reply->http, "date"), &server_ms)) {
        return false;
    }
    int64_t gap_ms = server_ms - run->signing_time_ms;
    if (gap_ms < RETRY_SKEW_MS && gap_ms > -RETRY_SKEW_MS) {
        return false;
    }
    run->skew_tried = true;
    struct aws_client *client = run->client;
    mutex_lock(&client->lock);
    client->counts.clock_offset_ms = server_ms - clock_wall_ms(client->clock);
    mutex_unlock(&client->lock);
    return true;
}

/* Asks the source for newer credentials, once a call. */
static bool refresh_credentials(struct run *run)
{
    struct credentials_source *source = run->client->credentials;
    if (run->refresh_tried || source == NULL || source->invalidate == NULL) {
        return false;
    }
    run->refresh_tried = true;
    source->invalidate(source);
    return true;
}

/* Pays for a retry and says how long to wait before it; false when no retry is left. */
static bool pay_for_retry(struct run *run, int64_t *ret_delay_ms)
{
    struct aws_client *client = run->client;
    bool throttled = run->verdict == RETRY_THROTTLED;
    int64_t retry_after_ms = -1;
    if (!slice_parse_int64(http_reply_header(&run->reply->http, "x-amz-retry-after"), &retry_after_ms)) {
        retry_after_ms = -1;
    }
    if (run->paid_attempts >= run->max) {
        return false;
    }
    mutex_lock(&client->lock);
    bool paid = retry_bucket_take(&client->bucket, throttled, &run->last_cost);
    double unit = random_unit(&client->random);
    client->counts.retries += paid ? 1 : 0;
    client->counts.retries_throttled += paid && throttled ? 1 : 0;
    mutex_unlock(&client->lock);
    *ret_delay_ms =
        retry_delay_ms(client->service->dynamodb, throttled, run->paid_attempts, unit, retry_after_ms);
    return paid;
}

/* Whether to try again, and when. The server did nothing when it refused clock or credentials: that retry is
 * free and within any number of attempts. */
static bool plan_next(struct run *run, int64_t *ret_delay_ms)
{
    *ret_delay_ms = 0;
    switch (run->verdict) {
    case RETRY_SKEWED:
        return learn_skew(run);
    case RETRY_CREDENTIALS:
        return refresh_credentials(run);
    case RETRY_TRANSIENT:
    case RETRY_THROTTLED:
        run->paid_attempts++;
        return pay_for_retry(run, ret_delay_ms);
    case RETRY_NONE:
        break;
    }
    return false;
}

static struct status stopped_waiting(const struct run *run)
{
    return status_make(STATUS_STOPPED, "%s %s: stopped %s", run->client->service->name, run->call->operation,
                       run->attempts == 0 ? "before its first attempt" : "between attempts");
}

/* False, without waiting, when the deadline would pass first. STATUS_STOPPED through *status. */
static bool wait_for_next(const struct run *run, int64_t delay_ms, struct status *status)
{
    enum call_wait waited = call_pace_pause(&run->client->pace, run->call, delay_ms);
    if (waited == CALL_WAIT_STOPPED) {
        *status = stopped_waiting(run);
    }
    return waited == CALL_WAIT_OVER;
}

/* A token of the adaptive mode. One that comes when less than half of an exchange's time is left is no good: the
 * request would be cut off, and nobody would know what became of it. Without one a call that sent nothing is throttled;
 * later the outcome of the last attempt stands, since that one may have taken effect. */
static bool wait_for_token(const struct run *run, struct status *status)
{
    int64_t deadline_ms = run->call->deadline_boot_ms;
    enum call_wait waited = call_pace_wait(&run->client->pace, run->call,
                                           deadline_ms > 0 ? deadline_ms - time_left_ms(run) / 2 : 0);
    if (waited == CALL_WAIT_STOPPED) {
        *status = stopped_waiting(run);
    } else if (waited == CALL_WAIT_TOO_LONG && run->attempts == 0) {
        run->reply->held_back = true;
        *status = status_make(STATUS_THROTTLED, "%s %s: the adaptive retry mode let no request go in time",
                              run->client->service->name, run->call->operation);
    }
    return waited == CALL_WAIT_OVER;
}

/* ---- The end ---- */

static void count_attempt(struct run *run, const struct status *status)
{
    struct aws_client *client = run->client;
    const char *code = status->code == STATUS_OK           ? "OK"
                       : run->reply->error_code[0] != '\0' ? run->reply->error_code
                                                           : status_code_name(status->code);
    mutex_lock(&client->lock);
    call_counts_add(&client->calls, run->call->operation, code);
    client->counts.throttles += status->code == STATUS_THROTTLED ? 1 : 0;
    mutex_unlock(&client->lock);
}

static void end(struct run *run, const struct status *status)
{
    struct aws_client *client = run->client;
    run->reply->attempts = run->attempts;
    mutex_lock(&client->lock);
    if (status->code == STATUS_OK) {
        retry_bucket_refund(&client->bucket, run->last_cost);
    } else {
        client->counts.failures++;
    }
    mutex_unlock(&client->lock);
}

struct status aws_client_call(struct aws_client *client, const struct aws_call *call, struct aws_reply *reply)
{
    struct run run = {.client = client, .call = call, .reply = reply};
    begin(&run);
    struct status status = status_ok();
    while (wait_for_token(&run, &status)) {
        int64_t delay_ms = 0;
        status = attempt_once(&run);
        count_attempt(&run, &status);
        if (status.code == STATUS_OK || !plan_next(&run, &delay_ms) ||
            !wait_for_next(&run, delay_ms, &status)) {
            break;
        }
    }
    end(&run, &status);
    return status;
}
