#include "tests/support/faultd/iterator.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/base64.h"

static uint32_t check_sum(const char *text)
{
    uint64_t sum = 0;
    for (; *text != '\0'; text++) {
        sum = sequence_mix(sum, (unsigned char)*text);
    }
    return (uint32_t)sum;
}

bool iterator_format(const struct iterator *iterator, char text[ITERATOR_BYTES])
{
    char plain[256];
    struct bytes target;
    int length = snprintf(plain, sizeof plain, "%s|%llu|%lld", iterator->shard,
                          (unsigned long long)iterator->position, (long long)iterator->issued_ms);
    if (length < 0 || (size_t)length + 16 >= sizeof plain) {
        return false;
    }
    length += snprintf(plain + length, sizeof plain - (size_t)length, "|%08x", check_sum(plain));
    bytes_init(&target, ITERATOR_BYTES - 1);
    struct status status = bytes_append_format(&target, "%s|1|AAAA", iterator->arn);
    bool made = status_is_ok(&status) && base64_encode(slice_of(plain, (size_t)length), &target) &&
                slice_copy_text(bytes_slice(&target), text, ITERATOR_BYTES);
    bytes_free(&target);
    return made;
}

static bool parse_plain(char *plain, struct iterator *iterator)
{
    char *sum = strrchr(plain, '|');
    unsigned long stated = 0;
    if (sum == NULL) {
        return false;
    }
    *sum = '\0';
    stated = strtoul(sum + 1, NULL, 16);
    char *issued = strrchr(plain, '|');
    if (stated != check_sum(plain) || issued == NULL) {
        return false;
    }
    iterator->issued_ms = strtoll(issued + 1, NULL, 10);
    *issued = '\0';
    char *position = strrchr(plain, '|');
    if (position == NULL) {
        return false;
    }
    iterator->position = strtoull(position + 1, NULL, 10);
    *position = '\0';
    return slice_copy_text(slice_of_text(plain), iterator->shard, sizeof iterator->shard);
}

bool iterator_parse(struct slice text, struct iterator *ret_iterator)
{
    static const char mark[] = "|1|AAAA";
    const char *found = text.length == 0 ? NULL : memmem(text.at, text.length, mark, sizeof mark - 1);
    struct bytes plain;
    const char *terminated = NULL;
    if (found == NULL || !slice_copy_text(slice_of(text.at, (size_t)(found - text.at)), ret_iterator->arn,
                                          sizeof ret_iterator->arn)) {
        return false;
    }
    found += sizeof mark - 1;
    bytes_init(&plain, ITERATOR_BYTES);
    bool parsed = base64_decode(slice_of(found, text.length - (size_t)(found - text.at)), &plain);
    if (parsed) {
        struct status status = bytes_terminate(&plain, &terminated);
        parsed = status_is_ok(&status) && plain.at != NULL && parse_plain(plain.at, ret_iterator);
    }
    bytes_free(&plain);
    return parsed;
}
