import java.net.InetAddress;
import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/** A real Neo4j with Bolt on a loopback port. Arguments: data folder, port. It ends at once when its standard input closes. */
public class Neo4jServer {
    public static void main(String[] arguments) throws Exception {
        var address = new SocketAddress(InetAddress.getLoopbackAddress().getHostAddress(), Integer.parseInt(arguments[1]));
        new DatabaseManagementServiceBuilder(Path.of(arguments[0]))
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, address)
                .setConfig(BoltConnector.advertised_address, address)
                .setConfig(GraphDatabaseSettings.auth_enabled, true)
                .setConfig(GraphDatabaseSettings.pagecache_memory, 128L << 20)
                .setConfig(GraphDatabaseSettings.udc_enabled, false)
                .build();
        System.out.println("ready");
        while (System.in.read() >= 0) {}
        Runtime.getRuntime().halt(0); // its data is thrown away; an orderly end takes ten seconds
    }
}
