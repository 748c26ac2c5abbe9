/* A client over a scripted transport, unsigned, for tests of one service's operations. */
#ifndef PENSTOCK_TESTS_UNIT_AWS_SCRIPTED_CLIENT_H
#define PENSTOCK_TESTS_UNIT_AWS_SCRIPTED_CLIENT_H

#include "aws/client.h"
#include "tests/unit/aws/scripted_transport.h"

struct scripted_client {
    struct scripted_transport script;
    struct aws_client *client;
};

static inline void scripted_client_start(struct scripted_client *self, enum aws_service service,
                                         const struct script_step *steps, size_t count)
{
    script_start(&self->script, steps, count);
    struct aws_client_options options = {.service = service,
                                         .region = "eu-west-1",
                                         .endpoint = "http://localhost:1",
                                         .transport = &self->script.transport,
                                         .clock = clock_real(),
                                         .max_attempts = 1};
    if (aws_client_create(&options, &self->client).code != STATUS_OK) {
        abort();
    }
}

static inline void scripted_client_end(struct scripted_client *self)
{
    aws_client_destroy(self->client);
    script_end(&self->script);
}

#endif
