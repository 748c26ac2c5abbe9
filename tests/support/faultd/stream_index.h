/* Shards by id, private to stream*.c. */
#ifndef PENSTOCK_FAULTD_STREAM_INDEX_H
#define PENSTOCK_FAULTD_STREAM_INDEX_H

#include "tests/support/faultd/stream.h"

bool stream_index_add(struct streams *streams, struct shard *shard) MUST_USE REQUIRES(streams->lock);
/* Leaves out every shard of `stream`. */
void stream_index_drop(struct streams *streams, const struct stream *stream) REQUIRES(streams->lock);

#endif
