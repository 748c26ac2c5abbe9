import com.amazonaws.services.dynamodbv2.streamsadapter.AmazonDynamoDBStreamsAdapterClient;
import com.amazonaws.services.dynamodbv2.streamsadapter.StreamsSchedulerFactory;
import com.amazonaws.services.dynamodbv2.streamsadapter.adapter.DynamoDBStreamsClientRecord;
import com.amazonaws.services.dynamodbv2.streamsadapter.model.DynamoDBStreamsProcessRecordsInput;
import com.amazonaws.services.dynamodbv2.streamsadapter.polling.DynamoDBStreamsPollingConfig;
import com.amazonaws.services.dynamodbv2.streamsadapter.processor.DynamoDBStreamsShardRecordProcessor;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.CoordinatorConfig;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;

/**
 * A worker of the Kinesis Client Library 3 that says on standard output what it does, a line each, before it does the next
 * thing: "begin SHARD POSITION"; "record SHARD SEQ NANOSECONDS" once it has processed one, at that CLOCK_MONOTONIC;
 * "checkpoint SHARD SEQ|SHARD_END" when the row has it, or "refused"; "asked SHARD" to stop, "lost SHARD". When its
 * standard input ends it stops in order, and says "stopped".
 *
 * Consumer STREAM_ARN APP WORKER DYNAMODB_URL STREAMS_URL FAILOVER_MS 3x|2x; 2x is COMPATIBLE_WITH_2X. FAILOVER_MS 0: all
 * settings are the library's defaults, else some are quicker for tests.
 */
public final class Consumer {
    private static synchronized void say(String what, String shard, String rest) {
        System.out.println(what + " " + shard + " " + rest);
        System.out.flush();
    }

    private static final class Processor implements DynamoDBStreamsShardRecordProcessor {
        private String shard;

        @Override
        public void initialize(InitializationInput input) {
            shard = input.shardId();
            say("begin", shard, input.extendedSequenceNumber().sequenceNumber());
        }

        @Override
        public void processRecords(DynamoDBStreamsProcessRecordsInput input) {
            List<DynamoDBStreamsClientRecord> records = input.records();
            for (DynamoDBStreamsClientRecord record : records) {
                say("record", shard, record.sequenceNumber() + " " + System.nanoTime());
            }
            if (!records.isEmpty()) {
                String last = records.get(records.size() - 1).sequenceNumber();
                checkpoint(input.checkpointer(), last);
            }
        }

        private void checkpoint(RecordProcessorCheckpointer checkpointer, String position) {
            try {
                if (position.equals("SHARD_END")) {
                    checkpointer.checkpoint();
                } else {
                    checkpointer.checkpoint(position);
                }
                say("checkpoint", shard, position);
            } catch (Exception error) {
                say("refused", shard, position + " " + error);
            }
        }

        @Override
        public void leaseLost(LeaseLostInput input) {
            say("lost", shard, "-");
        }

        @Override
        public void shardEnded(ShardEndedInput input) {
            checkpoint(input.checkpointer(), "SHARD_END");
        }

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {
            say("asked", shard, "-"); // each batch is checkpointed already
        }
    }

    public static void main(String[] arguments) throws Exception {
        String app = arguments[1];
        long failover = Long.parseLong(arguments[5]);
        Region region = Region.of(System.getenv("AWS_REGION"));
        DynamoDbAsyncClient dynamodb =
                DynamoDbAsyncClient.builder().endpointOverride(URI.create(arguments[3])).region(region).build();
        LocalArns arns = new LocalArns(arguments[0], region.id());
        DynamoDbStreamsClient streams = DynamoDbStreamsClient.builder()
                .endpointOverride(URI.create(arguments[4]))
                .region(region)
                .overrideConfiguration(override -> override.addExecutionInterceptor(arns))
                .build();
        CloudWatchAsyncClient nowhere =
                CloudWatchAsyncClient.builder().endpointOverride(URI.create(arguments[3])).region(region).build();
        AmazonDynamoDBStreamsAdapterClient adapter = new AmazonDynamoDBStreamsAdapterClient(streams, region);
        ConfigsBuilder configs = new ConfigsBuilder(
                StreamsSchedulerFactory.createSingleStreamTracker(
                        arns.told(),
                        InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON)),
                app, adapter, dynamodb, nowhere, arguments[2], Processor::new);
        CoordinatorConfig coordinator = configs.coordinatorConfig();
        coordinator.clientVersionConfig(
                arguments[6].equals("2x")
                        ? CoordinatorConfig.ClientVersionConfig.CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X
                        : CoordinatorConfig.ClientVersionConfig.CLIENT_VERSION_CONFIG_3X);
        LeaseManagementConfig leases = configs.leaseManagementConfig();
        DynamoDBStreamsPollingConfig polling = new DynamoDBStreamsPollingConfig(adapter);
        if (failover > 0) {
            coordinator.parentShardPollIntervalMillis(500);
            leases.failoverTimeMillis(failover);
            leases.leaseAssignmentIntervalMillis(failover);
            leases.shardSyncIntervalMillis(1000); // also what a first start sleeps after it has listed the shards
            leases.dynamoDbLockBasedLeaderLeaseDurationInMillis(6000L);
            leases.dynamoDbLockBasedLeaderHeartbeatPeriodInMillis(1000L);
            polling.idleTimeBetweenReadsInMillis(200);
        }
        Scheduler scheduler = StreamsSchedulerFactory.createScheduler(
                configs.checkpointConfig(), coordinator, leases, configs.lifecycleConfig(),
                configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
                configs.processorConfig(),
                configs.retrievalConfig().retrievalSpecificConfig(polling), adapter);
        Thread thread = new Thread(scheduler, "scheduler");
        thread.start();
        while (System.in.read() >= 0) {
            continue;
        }
        scheduler.startGracefulShutdown().get(40, TimeUnit.SECONDS);
        say("stopped", "-", "-");
        Runtime.getRuntime().halt(0);
    }
}
