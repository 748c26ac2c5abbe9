import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.AbstractLocalDynamoDBServerHandler;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import java.lang.reflect.Field;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local on a free port of 127.0.0.1 (by itself it binds every interface), with its test control switched on.
 * Prints the port on a line of its own once it listens; ends when its standard input does, so that it never
 * outlives the test that started it.
 */
public final class Launcher {
    private static Object read(Class<?> owner, Object object, String name) throws Exception {
        Field field = owner.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(object);
    }

    public static void main(String[] arguments) throws Exception {
        // Port 8000 only passes the parser; the connector below asks for a free one.
        String[] flags = {"-inMemory", "-sharedDb", "-port", "8000", "-disableTelemetry"};
        DynamoDBProxyServer local = ServerRunner.createServerFromCommandLineArgs(flags);
        ServerConnector connector =
                (ServerConnector) ((Server) read(DynamoDBProxyServer.class, local, "server")).getConnectors()[0];
        connector.setHost("127.0.0.1");
        connector.setPort(0);
        Object handler = read(DynamoDBProxyServer.class, local, "serverHandler");
        Object requests = read(AbstractLocalDynamoDBServerHandler.class, handler, "primaryHandler");
        Field control = requests.getClass().getDeclaredField("isTestControlEnabled");
        control.setAccessible(true);
        control.set(requests, true);
        local.safeStart();
        System.out.println("port " + connector.getLocalPort());
        while (System.in.read() >= 0) {
            continue;
        }
        Runtime.getRuntime().halt(0);
    }
}
