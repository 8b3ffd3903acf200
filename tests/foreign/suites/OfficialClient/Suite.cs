using System.Reflection;
using RabbitMQ.Client;

namespace Warren.Suites;

/// <summary>What the tests share: a connection each, names of their own, and waiting for conditions.</summary>
internal abstract class Suite : IAsyncDisposable
{
    private readonly List<IConnection> _connections = [];

    public static Uri Broker { get; } = new(Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@127.0.0.1:5672/");

    /// <summary>A name that no other test has.</summary>
    protected string Name { get; } = $"suite-{Guid.NewGuid():N}";

    /// <summary>Runs the tests of a class, or of all: each is a public method and gets an object of its own.</summary>
    public static async Task RunAllAsync(string? only)
    {
        foreach (var type in typeof(Suite).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Suite))))
        {
            foreach (var test in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(test => only is null || test.Name == only))
                await RunAsync(type, test);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }

    protected static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Check(i < 1500, "the condition came true");
            await Task.Delay(10);
        }
    }

    protected static void Check(bool condition, string what)
    {
        if (!condition)
            throw new InvalidOperationException($"expected: {what}");
    }

    protected static void Same<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new InvalidOperationException($"expected {expected}, got {actual}");
    }

    protected async Task<IConnection> ConnectAsync(Action<ConnectionFactory>? configure = null)
    {
        var factory = new ConnectionFactory { Uri = Broker, NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200), ContinuationTimeout = TimeSpan.FromSeconds(20) };
        configure?.Invoke(factory);
        var connection = await factory.CreateConnectionAsync(Name);
        _connections.Add(connection);
        return connection;
    }

    protected async Task<IChannel> OpenAsync(CreateChannelOptions? options = null) => await (await ConnectAsync()).CreateChannelAsync(options);

    private static async Task RunAsync(Type type, MethodInfo test)
    {
        try
        {
            await using var suite = (Suite)Activator.CreateInstance(type)!;
            await ((Task)test.Invoke(suite, [])!).WaitAsync(TimeSpan.FromSeconds(30));
            Console.WriteLine($"result pass {test.Name}");
        }
        catch (Exception e)
        {
            Console.WriteLine($"{test.Name}: {e}\nresult FAIL {test.Name}");
        }
    }
}
