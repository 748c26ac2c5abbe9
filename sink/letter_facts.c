#include "sink/letter_facts.h"

#include <stdio.h>

#include "aws/crypto.h"
#include "aws/json.h"

enum { HASH_DIGITS = 32 };

struct letter_facts letter_facts_of(struct slice line)
{
    struct letter_facts facts = {.sequence = "", .event_ts_ms = 0};
    cJSON *tree = NULL;
    if (line.length > 0 && line.at[line.length - 1] == '\n') {
        line.length--;
    }
    struct status status = json_parse(line, &tree);
    if (!status_is_ok(&status)) {
        return facts;
    }
    struct slice sequence = json_text(tree, "seq");
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(tree, "event_ts_ms");
    if (sequence.length > 0 && strspn(sequence.at, "0123456789") == sequence.length &&
        !slice_copy_text(sequence, facts.sequence, sizeof facts.sequence)) {
        facts.sequence[0] = '\0';
    }
    if (cJSON_IsNumber(time) && time->valuedouble > 0 && time->valuedouble < 9e15) {
        facts.event_ts_ms = (int64_t)time->valuedouble;
    }
    cJSON_Delete(tree);
    return facts;
}

struct status letter_facts_name(const struct letter_facts *facts, struct slice content,
                                char ret_name[LETTER_SEQUENCE_BYTES])
{
    char digest[CRYPTO_SHA256_HEX_BYTES];
    if (facts->sequence[0] != '\0') {
        (void)snprintf(ret_name, LETTER_SEQUENCE_BYTES, "%s", facts->sequence);
        return status_ok();
    }
    TRY(crypto_sha256_hex(content, digest));
    (void)snprintf(ret_name, LETTER_SEQUENCE_BYTES, "%.*s", HASH_DIGITS, digest);
    return status_ok();
}
