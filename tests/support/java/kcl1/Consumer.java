import com.amazonaws.ClientConfiguration;
import com.amazonaws.auth.DefaultAWSCredentialsProviderChain;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDB;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBClientBuilder;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBStreams;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBStreamsClientBuilder;
import com.amazonaws.services.dynamodbv2.streamsadapter.AmazonDynamoDBStreamsAdapterClient;
import com.amazonaws.services.dynamodbv2.streamsadapter.StreamsWorkerFactory;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.IRecordProcessorCheckpointer;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.v2.IRecordProcessor;
import com.amazonaws.services.kinesis.clientlibrary.interfaces.v2.IShutdownNotificationAware;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.InitialPositionInStream;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.KinesisClientLibConfiguration;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.ShutdownReason;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.Worker;
import com.amazonaws.services.kinesis.clientlibrary.types.InitializationInput;
import com.amazonaws.services.kinesis.clientlibrary.types.ProcessRecordsInput;
import com.amazonaws.services.kinesis.clientlibrary.types.ShutdownInput;
import com.amazonaws.services.kinesis.metrics.impl.NullMetricsFactory;
import com.amazonaws.services.kinesis.model.Record;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The same as the consumer of KCL 3, on KCL 1: see there for what it says and takes. The last argument is left out. */
public final class Consumer {
    private static synchronized void say(String what, String shard, String rest) {
        System.out.println(what + " " + shard + " " + rest);
        System.out.flush();
    }

    private static final class Processor implements IRecordProcessor, IShutdownNotificationAware {
        private String shard;

        @Override
        public void initialize(InitializationInput input) {
            shard = input.getShardId();
            say("begin", shard, input.getExtendedSequenceNumber().getSequenceNumber());
        }

        @Override
        public void processRecords(ProcessRecordsInput input) {
            List<Record> records = input.getRecords();
            for (Record record : records) {
                say("record", shard, record.getSequenceNumber() + " " + System.nanoTime());
            }
            if (!records.isEmpty()) {
                checkpoint(input.getCheckpointer(), records.get(records.size() - 1).getSequenceNumber());
            }
        }

        private void checkpoint(IRecordProcessorCheckpointer checkpointer, String position) {
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
        public void shutdown(ShutdownInput input) {
            if (input.getShutdownReason() == ShutdownReason.TERMINATE) {
                checkpoint(input.getCheckpointer(), "SHARD_END");
            } else {
                say("lost", shard, input.getShutdownReason().toString());
            }
        }

        @Override
        public void shutdownRequested(IRecordProcessorCheckpointer checkpointer) {
            say("asked", shard, "-"); // each batch is checkpointed already
        }
    }

    public static void main(String[] arguments) throws Exception {
        String region = System.getenv("AWS_REGION");
        DefaultAWSCredentialsProviderChain credentials = new DefaultAWSCredentialsProviderChain();
        AmazonDynamoDB dynamodb = AmazonDynamoDBClientBuilder.standard()
                .withEndpointConfiguration(new EndpointConfiguration(arguments[3], region)).build();
        AmazonDynamoDBStreams streams = AmazonDynamoDBStreamsClientBuilder.standard()
                .withClientConfiguration(new ClientConfiguration().withMaxConnections(100))
                .withEndpointConfiguration(new EndpointConfiguration(arguments[4], region)).build();
        KinesisClientLibConfiguration configuration =
                new KinesisClientLibConfiguration(arguments[1], arguments[0], credentials, arguments[2])
                        .withInitialPositionInStream(InitialPositionInStream.TRIM_HORIZON)
                        .withRegionName(region)
                        .withFailoverTimeMillis(Long.parseLong(arguments[5]))
                        .withIdleTimeBetweenReadsInMillis(200)
                        .withShardSyncIntervalMillis(1000)
                        .withParentShardPollIntervalMillis(500);
        Worker worker = StreamsWorkerFactory.createDynamoDbStreamsWorker(
                Processor::new, configuration, new AmazonDynamoDBStreamsAdapterClient(streams), dynamodb,
                new NullMetricsFactory(), Executors.newCachedThreadPool());
        new Thread(worker, "worker").start();
        while (System.in.read() >= 0) {
            continue;
        }
        worker.startGracefulShutdown().get(40, TimeUnit.SECONDS);
        say("stopped", "-", "-");
        Runtime.getRuntime().halt(0);
    }
}
