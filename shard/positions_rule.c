#include "shard/positions.h"

bool positions_choose_local(const struct position_row *local, const char *row_checkpoint,
                            const char *row_nonce, const char *row_writer, struct sequence_number *ret_after)
{
    struct sequence_number remote;
    if (local->number.length == 0 || !sequence_number_parse(slice_of_text(row_checkpoint), &remote)) {
        return false; /* nothing here, or the row holds a sentinel (TRIM_HORIZON, LATEST, SHARD_END) */
    }
    if (strcmp(local->remote_checkpoint, row_checkpoint) != 0 ||
        strcmp(local->remote_nonce, row_nonce == NULL ? "" : row_nonce) != 0) {
        return false; /* somebody else wrote the row since */
    }
    if (row_writer == NULL || row_writer[0] == '\0' || strcmp(local->remote_writer, row_writer) != 0) {
        return false; /* the same number, by another write: the row went on, and was set back since */
    }
    if (sequence_number_compare(&local->number, &remote) < 0) {
        return false;
    }
    *ret_after = local->number;
    return true;
}
