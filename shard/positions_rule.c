#include "shard/positions.h"

bool positions_choose_local(const struct position_row *local, const char *row_checkpoint,
                            const char *row_nonce, struct sequence_number *ret_after)
{
    struct sequence_number remote;
    if (local->number.length == 0 || !sequence_number_parse(slice_of_text(row_checkpoint), &remote)) {
        return false; /* nothing here, or the row holds a sentinel (TRIM_HORIZON, LATEST, SHARD_END) */
    }
    if (strcmp(local->remote_checkpoint, row_checkpoint) != 0 ||
        strcmp(local->remote_nonce, row_nonce == NULL ? "" : row_nonce) != 0) {
        return false; /* somebody else wrote the row since */
    }
    if (sequence_number_compare(&local->number, &remote) < 0) {
        return false;
    }
    *ret_after = local->number;
    return true;
}
