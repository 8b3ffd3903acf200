[assembly: AssemblyFixture(typeof(Warren.Conformance.Fixtures.ForeignPrograms))]

namespace Warren.Conformance.Fixtures;

/// <summary>The languages that tests/foreign has programs in.</summary>
public enum Language
{
    Go,
    Node,
    Python,
}

/// <summary>
/// The programs of tests/foreign: rpc_server, rpc_client, send and receive in each language. Each language is prepared once
/// per run, when the first test asks for it; a language that the machine lacks skips the test, or fails it with CI=true.
/// </summary>
public sealed class ForeignPrograms
{
    private const string Python3 = "/usr/bin/python3"; // Debian's own, which is the one that sees python3-pika.

    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "foreign");
    private static readonly TimeSpan PreparingTime = TimeSpan.FromMinutes(3);

    private readonly Dictionary<Language, Lazy<Task<string?>>> _missing = new()
    {
        [Language.Go] = new(PrepareGoAsync),
        [Language.Node] = new(PrepareNodeAsync),
        [Language.Python] = new(PreparePythonAsync),
    };

    /// <summary>Starts a program, such as "rpc_client" with the argument "30".</summary>
    public async Task<RunningProgram> StartAsync(Language language, string program, Uri broker, string? queue = null, params string[] arguments)
    {
        var missing = await _missing[language].Value;
        Need.Of(missing is null, $"{language} programs cannot run here: {missing}");
        return language switch
        {
            Language.Go => RunningProgram.Start(GoBinary(program), arguments, broker, queue),
            Language.Node => RunningProgram.Start("node", [Path.Combine(Root, "node", program + ".js"), .. arguments], broker, queue),
            _ => RunningProgram.Start(Python3, [Path.Combine(Root, "python", program + ".py"), .. arguments], broker, queue),
        };
    }

    private static string GoBinary(string program) => Path.Combine(Root, "go", "bin", program);

    /// <summary>Null when the programs can run, otherwise what is missing; so for the two methods below.</summary>
    private static async Task<string?> PrepareGoAsync()
    {
        if (!Need.HasCommand("go")) return "go is not installed (Debian: apt-get install golang-go)";
        if (!Directory.Exists("/usr/share/gocode/src/github.com/rabbitmq/amqp091-go"))
            return "the Go client is not installed (Debian: apt-get install golang-github-rabbitmq-amqp091-go-dev)";

        // Debian's Go libraries are source under /usr/share/gocode, so nothing is fetched.
        Dictionary<string, string> environment = new()
        {
            ["GO111MODULE"] = "off", ["GOPATH"] = "/usr/share/gocode", ["GOFLAGS"] = "-buildvcs=false",
        };
        foreach (var source in Directory.GetFiles(Path.Combine(Root, "go"), "main.go", SearchOption.AllDirectories))
        {
            var folder = Path.GetDirectoryName(source)!;
            await RunToEndAsync("go", ["build", "-o", GoBinary(Path.GetFileName(folder)), "main.go"], folder, environment);
        }

        return null;
    }

    private static async Task<string?> PrepareNodeAsync()
    {
        if (!Need.HasCommand("node") || !Need.HasCommand("npm")) return "node and npm are not installed";
        var folder = Path.Combine(Root, "node");
        if (Directory.Exists(Path.Combine(folder, "node_modules", "amqplib"))) return null;
        try
        {
            await RunToEndAsync("npm", ["install", "--no-audit", "--no-fund", "--silent"], folder);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"amqplib could not be installed. {e.Message}";
        }
    }

    private static async Task<string?> PreparePythonAsync()
    {
        if (!File.Exists(Python3)) return "python3 is not installed";
        await using var import = RunningProgram.Start(Python3, ["-c", "import pika"]);
        return await import.WaitForExitAsync() == 0 ? null : "pika is not installed (Debian: apt-get install python3-pika)";
    }

    private static async Task RunToEndAsync(string file, string[] arguments, string folder, Dictionary<string, string>? environment = null)
    {
        await using var program = RunningProgram.Start(file, arguments, folder: folder, environment: environment);
        if (await program.WaitForExitAsync(PreparingTime) != 0)
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} failed:\n{program.Output}");
    }
}
