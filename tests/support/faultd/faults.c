#include "tests/support/faultd/faults.h"

#include <stdio.h>
#include <stdlib.h>

struct error {
    int status;
    const char *code;
    const char *message;
};

static struct error throttle_of(const struct request *request)
{
    switch (request->service) {
    case SERVICE_FIREHOSE:
        return (struct error){503, "ServiceUnavailableException", "Slow down."};
    case SERVICE_STREAMS:
        if (strcmp(request->operation, "DescribeStream") == 0 ||
            strcmp(request->operation, "GetRecords") == 0) {
            return (struct error){400, "LimitExceededException",
                                  "Subscriber limit exceeded: too many requests at once"};
        }
        return (struct error){400, "ThrottlingException", "Rate exceeded"};
    case SERVICE_STS:
        return (struct error){400, "Throttling", "Rate exceeded"};
    case SERVICE_S3:
        return (struct error){503, "SlowDown", "Please reduce your request rate."};
    default:
        return (struct error){
            400, "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded. Consider "
            "increasing your provisioning level with the UpdateTable API."};
    }
}

static void give(struct reply *reply, const struct request *request, const struct fault *fault,
                 struct error error)
{
    reply_error(reply, request, error.status, fault->code[0] != '\0' ? fault->code : error.code, "%s",
                fault->message[0] != '\0' ? fault->message : error.message);
}

/* A bare status, as a load balancer in front of the service gives it. */
static void give_status(struct reply *reply, const struct request *request, const struct fault *fault)
{
    struct error error = {
        fault->status, fault->status == 503 ? "ServiceUnavailable" : "InternalServerError",
        "The request processing has failed because of an unknown error, exception or failure."};
    if (request->service == SERVICE_KINESIS) {
        error.code = "InternalFailure";
    } else if (request->service == SERVICE_FIREHOSE && fault->status == 503) {
        error.code = "ServiceUnavailableException";
    } else if (request->service == SERVICE_FIREHOSE) {
        error.code = "InternalFailure";
    }
    give(reply, request, fault, error);
}

static const struct {
    enum fault_action action;
    struct error error;
} answers[] = {
    {FAULT_EXPIRED_CREDENTIALS,
     {403, "ExpiredTokenException", "The security token included in the request is expired"}},
    {FAULT_EXPIRED_ITERATOR, {400, "ExpiredIteratorException", "Iterator expired."}},
    {FAULT_TRIMMED,
     {400, "TrimmedDataAccessException",
      "The operation attempted to read past the oldest stream record in a shard."}},
    {FAULT_NOT_FOUND, {400, "ResourceNotFoundException", "Requested resource not found"}},
    {FAULT_CLOCK_SKEW, {403, "InvalidSignatureException", "Signature expired: the request is too old"}},
};

static void fill(struct reply *reply, const char *text, size_t length)
{
    bytes_clear(&reply->body);
    while (reply->body.length < length && !reply->failed) {
        reply_text(reply, text);
    }
}

/* Puts bytes that are no answer in place of the body. False when the action does not. */
static bool replace_body(struct reply *reply, const struct fault *fault)
{
    switch (fault->action) {
    case FAULT_OVERSIZE:
        fill(reply, "{\"filler\":\"over any ceiling\"}", (size_t)fault->bytes);
        return true;
    case FAULT_GARBAGE:
        fill(reply, "\x01\xFF\xFE{\"Records\":[}\x80\"", 512);
        return true;
    case FAULT_NOT_JSON:
        bytes_clear(&reply->body);
        reply_text(reply, "<html><body><h1>Bad gateway</h1></body></html>");
        reply->content_type = "text/html";
        return true;
    default:
        return false;
    }
}

bool fault_before(struct world *world, const struct request *request, const struct fault *fault,
                  struct reply *reply, struct delivery *delivery)
{
    delivery->delay_ms = fault->delay_ms;
    if (fault->action == FAULT_RESET) {
        delivery->reset = true;
        return true;
    }
    if (fault->action == FAULT_THROTTLE) {
        give(reply, request, fault, throttle_of(request));
        return true;
    }
    if ((fault->action == FAULT_STATUS || fault->action == FAULT_ERROR) && !fault->after) {
        give_status(reply, request, fault);
        return true;
    }
    if (!fault->after && replace_body(reply, fault)) {
        return true;
    }
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (answers[i].action == fault->action) {
            give(reply, request, fault, answers[i].error);
            if (fault->action == FAULT_CLOCK_SKEW && fault->offset_ms != 0) {
                atomic_store(&world->settings.clock_offset_ms, fault->offset_ms);
            }
            return true;
        }
    }
    return false;
}

void fault_after(const struct request *request, const struct fault *fault, struct reply *reply,
                 struct delivery *delivery)
{
    switch (fault->action) {
    case FAULT_STATUS:
    case FAULT_ERROR:
        give_status(reply, request, fault);
        break;
    case FAULT_LOST:
        delivery->drop = true;
        break;
    case FAULT_CUT:
        delivery->cut_at = fault->at >= 0 ? fault->at : (int64_t)(reply->body.length / 2);
        break;
    case FAULT_SLOW:
        delivery->bytes_per_second = fault->bytes_per_second;
        break;
    case FAULT_WRONG_CRC:
        delivery->wrong_checksum = true;
        break;
    default:
        (void)replace_body(reply, fault);
        break;
    }
}
