#include "worker/identity.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "aws/json.h"
#include "base/random.h"

enum {
    NAME_CEILING = 100, /* bytes of the name in a worker's id */
    RANDOM_DIGITS = 8,
    METADATA_TIMEOUT_MS = 1000,
    METADATA_CEILING = 256 * 1024,
    METADATA_URL_BYTES = 512,
};

bool identity_parse_task(struct slice answer, char *ret_task, size_t size)
{
    cJSON *tree = NULL;
    struct status status = json_parse(answer, &tree);
    if (!status_is_ok(&status)) {
        return false;
    }
    struct slice arn = json_text(tree, "TaskARN");
    size_t start = arn.length;
    while (start > 0 && arn.at[start - 1] != '/') {
        start--;
    }
    bool found = start > 0 && start < arn.length &&
                 slice_copy_text(slice_of(arn.at + start, arn.length - start), ret_task, size);
    cJSON_Delete(tree);
    return found;
}

static bool ask_ecs(const struct environment *environment, struct http_transport *transport,
                    struct stop *cancel, char *ret_task, size_t size)
{
    const char *base = environment_text(environment, "ECS_CONTAINER_METADATA_URI_V4");
    char url[METADATA_URL_BYTES];
    if (base == NULL || snprintf(url, sizeof url, "%s/task", base) >= (int)sizeof url) {
        return false;
    }
    const struct http_request request = {
        .method = "GET",
        .url = url,
        .timeout_ms = METADATA_TIMEOUT_MS,
        .connect_timeout_ms = METADATA_TIMEOUT_MS,
        .reply_ceiling = METADATA_CEILING,
        .direct = true,
        .cancel = cancel,
    };
    struct http_reply reply = {.status = 0};
    struct status status = http_perform(transport, &request, &reply);
    bool found = status_is_ok(&status) && reply.status == 200 &&
                 identity_parse_task(bytes_slice(&reply.body), ret_task, size);
    http_reply_free(&reply);
    return found;
}

void identity_join(const char *name, const char *random_part, char ret_worker_id[LEASE_OWNER_BYTES])
{
    size_t used = 0;
    for (; name[used] != '\0' && used < NAME_CEILING; used++) {
        unsigned char letter = (unsigned char)name[used];
        ret_worker_id[used] = isalnum(letter) || strchr("_.:/@-", letter) != NULL ? (char)letter : '-';
    }
    snprintf(ret_worker_id + used, LEASE_OWNER_BYTES - used, "-%s", random_part);
}

void identity_make(const char *configured, const struct environment *environment,
                   struct http_transport *transport, struct stop *cancel,
                   char ret_worker_id[LEASE_OWNER_BYTES])
{
    char name[HOST_NAME_MAX + 1] = "";
    if (configured != NULL) {
        snprintf(name, sizeof name, "%s", configured);
    } else if (!ask_ecs(environment, transport, cancel, name, sizeof name) &&
               (gethostname(name, sizeof name) != 0 || name[0] == '\0')) {
        snprintf(name, sizeof name, "worker");
    }
    name[sizeof name - 1] = '\0';
    struct random random;
    random_init(&random, random_seed_from_system());
    char digits[RANDOM_DIGITS + 1];
    random_hex(&random, digits, RANDOM_DIGITS);
    identity_join(name, digits, ret_worker_id);
}
