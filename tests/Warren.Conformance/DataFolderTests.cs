using System.Diagnostics;
using Warren.Client;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary><c>warren broker --data</c> and <c>warren doctor</c> as whole programs on a real disk: killed, started again, refused.</summary>
[Collection(nameof(AloneCollection))]
public sealed class DataFolderTests : IDisposable
{
    private const int Damaged = 65;
    private const int DiskFailed = 70;
    private const int FolderRefused = 73;
    private const int Messages = 500;

    private static readonly string Tool = Path.Combine(AppContext.BaseDirectory, "Warren.Cli.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("warren-data-folder-").FullName;

    [Fact]
    public async Task A_killed_broker_has_its_queues_its_bindings_and_every_message_that_it_confirmed()
    {
        await using var broker = await CrashingBroker.StartAsync(BrokerKind.Warren);
        await using (var connection = await AmqpConnection.ConnectAsync(broker.Uri))
        {
            var channel = await connection.OpenChannelAsync();
            await channel.DeclareExchangeAsync("events", "topic", durable: true);
            await channel.DeclareQueueAsync("jobs", durable: true);
            await channel.BindQueueAsync("jobs", "events", "job.#");
            await channel.EnableConfirmsAsync();
            for (var i = 0; i < Messages; i++)
                await channel.PublishConfirmedAsync("events", $"job.{i}", BitConverter.GetBytes(i), new Amqp.BasicProperties { DeliveryMode = 2 });
            var taken = await channel.GetAsync("jobs"); // Held when the broker dies.
            Assert.False(taken!.Redelivered);
            await broker.KillAsync();
        }
        await broker.StartAgainAsync();

        await using var again = await AmqpConnection.ConnectAsync(broker.Uri);
        var reading = await again.OpenChannelAsync();
        await reading.DeclareExchangeAsync("events", "topic", durable: true); // 406 if it were another.
        for (var i = 0; i < Messages; i++)
        {
            var message = await reading.GetAsync("jobs", noAck: true);
            Assert.Equal(i, BitConverter.ToInt32(message!.Body.Span));
            Assert.True(i > 0 || message.Redelivered);
        }
        Assert.Null(await reading.GetAsync("jobs", noAck: true));
        await reading.PublishAsync("events", "job.late", new byte[4]);
        Assert.NotNull(await reading.GetAsync("jobs", noAck: true));
        Assert.Contains($"{Messages} messages in 1 durable queues", broker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_and_policies_that_were_imported_outlive_the_process()
    {
        var definitions = PathOf("definitions.json");
        await File.WriteAllTextAsync(definitions, """
            {"users":[{"name":"anna","password":"secret","tags":"administrator"}],
             "permissions":[{"user":"anna","vhost":"/","configure":".*","write":".*","read":".*"}],
             "policies":[{"vhost":"/","name":"short","pattern":"^short","apply-to":"queues","definition":{"max-length":1},"priority":0}]}
            """);
        await using (var first = await StartAsync("--definitions", definitions))
        {
            // Killed as soon as it listens: what it was started with is kept by then, or the next one would know no user.
        }

        await using var broker = await StartAsync();
        await using var connection = await AmqpConnection.ConnectAsync($"amqp://anna:secret@{AddressOf(broker)}");
        var channel = await connection.OpenChannelAsync();
        await channel.DeclareQueueAsync("short", durable: true);
        await channel.EnableConfirmsAsync();
        await channel.PublishConfirmedAsync("", "short", new byte[1]);
        await channel.PublishConfirmedAsync("", "short", new byte[2]);

        Assert.Equal(2, (await channel.GetAsync("short", noAck: true))!.Body.Length);
        Assert.Null(await channel.GetAsync("short", noAck: true));
        await Assert.ThrowsAsync<AccessRefusedException>(() => AmqpConnection.ConnectAsync($"amqp://guest:guest@{AddressOf(broker)}"));
    }

    [Fact]
    public async Task A_folder_that_a_broker_has_is_refused_to_a_second_one_and_to_the_doctor()
    {
        await using var broker = await StartAsync();

        Assert.Contains("is in use by another process", await RunAsync(FolderRefused, "broker", "--port", "0", "--data", Folder), StringComparison.Ordinal);
        Assert.Contains("is in use by another process", await RunAsync(FolderRefused, "doctor", Folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_folder_is_refused()
    {
        await File.WriteAllTextAsync(Folder, "a file");

        Assert.Contains("is a file, not a folder", await RunAsync(FolderRefused, "broker", "--port", "0", "--data", Folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_option_the_data_is_in_the_users_folder_and_the_first_line_is_the_address()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system names the folder.");
        await using var broker = RunningProgram.Start("dotnet", [Tool, "broker", "--port", "0"], environment: [new("XDG_DATA_HOME", Folder)]);
        await broker.WaitForOutputAsync($"Data in {Path.Combine(Folder, "warren")}{Environment.NewLine}");

        Assert.StartsWith("Listening on amqp://127.0.0.1:", broker.Output, StringComparison.Ordinal);
        Assert.Contains(Directory.GetFiles(Path.Combine(Folder, "warren")), static file => file.EndsWith(".wj", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_ephemeral_broker_keeps_nothing()
    {
        await using var broker = RunningProgram.Start("dotnet", [Tool, "broker", "--port", "0", "--ephemeral"], environment: [new("XDG_DATA_HOME", Folder)]);
        await broker.WaitForOutputAsync("Listening on ");

        Assert.Equal(0, await broker.TerminateAsync());
        Assert.False(Directory.Exists(Folder));
        Assert.DoesNotContain("Data in", broker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_is_refused()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !await TryMountAsync())
            Assert.Skip("Only root may mount a file system that is read-only.");
        try
        {
            await RunProgramAsync("mount", "-o", "remount,ro", Folder);
            Assert.Contains("cannot be written to", await RunAsync(FolderRefused, "broker", "--port", "0", "--data", Folder), StringComparison.Ordinal);
        }
        finally
        {
            await RunProgramAsync("umount", "-l", Folder);
        }
    }

    [Fact]
    public async Task Two_places_at_once_are_a_wrong_command_line() =>
        Assert.Contains("contradict", await RunAsync(2, "broker", "--data", Folder, "--ephemeral"), StringComparison.Ordinal);

    [Fact]
    public async Task The_doctor_changes_nothing_finds_what_rots_and_exports_what_survives()
    {
        await using (var broker = await StartAsync())
        {
            await using var connection = await AmqpConnection.ConnectAsync($"amqp://guest:guest@{AddressOf(broker)}");
            var channel = await connection.OpenChannelAsync();
            await channel.DeclareQueueAsync("jobs", durable: true);
            await channel.EnableConfirmsAsync();
            for (var i = 0; i < 3; i++)
                await channel.PublishConfirmedAsync("", "jobs", System.Text.Encoding.UTF8.GetBytes($"message {i}"), new Amqp.BasicProperties { DeliveryMode = 2 });
        }
        var before = Contents();
        var export = PathOf("export.jsonl");

        Assert.Contains("jobs: 3 messages", await RunAsync(0, "doctor", Folder, "--export", export), StringComparison.Ordinal);

        Assert.Equal(before, Contents());
        var lines = await File.ReadAllLinesAsync(export);
        Assert.Equal(["message 0", "message 1", "message 2"], lines.Select(static line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("payload").GetString()));
        Assert.Contains("\"jobs\"", await File.ReadAllTextAsync($"{export}.definitions.json"), StringComparison.Ordinal);

        await using (var last = await StartAsync())
            Assert.Equal(0, await last.TerminateAsync()); // In order, so that what rots is not taken for what was being written.
        var segment = Directory.GetFiles(Folder, "*.wj").Order(StringComparer.Ordinal).First();
        var octets = await File.ReadAllBytesAsync(segment);
        octets[octets.AsSpan().IndexOf("message 1"u8)] ^= 1;
        await File.WriteAllBytesAsync(segment, octets);

        var said = await RunAsync(Damaged, "doctor", Folder);
        Assert.Contains("Damage: ", said, StringComparison.Ordinal);
        await using var served = await StartAsync(); // Damage does not stop the start.
        Assert.Contains("Damage in the data folder", served.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sync_that_fails_ends_the_process_with_its_exit_code_and_confirms_nothing()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/strace"))
            Assert.Skip("strace is missing, which makes the sync fail: the simulated disk's tests stand for it.");
        await using var broker = RunningProgram.Start(
            "strace", ["-f", "-q", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=20+", "dotnet", Tool, "broker", "--port", "0", "--data", Folder]);
        await broker.WaitForOutputAsync($"Data in {Folder}{Environment.NewLine}", atMost: TimeSpan.FromMinutes(1));
        var confirmed = 0;
        await using (var connection = await AmqpConnection.ConnectAsync($"amqp://guest:guest@{AddressOf(broker)}"))
        {
            var channel = await connection.OpenChannelAsync();
            await channel.DeclareQueueAsync("jobs", durable: true);
            await channel.EnableConfirmsAsync();
            await Assert.ThrowsAnyAsync<AmqpException>(async () =>
            {
                for (; confirmed < 1000; confirmed++)
                    await channel.PublishConfirmedAsync("", "jobs", new byte[10], new Amqp.BasicProperties { DeliveryMode = 2 });
            });
        }

        Assert.Equal(DiskFailed, await broker.WaitForExitAsync());
        Assert.Contains("Nothing more is confirmed", broker.Output, StringComparison.Ordinal);
        await using var again = await StartAsync();
        await using var reading = await AmqpConnection.ConnectAsync($"amqp://guest:guest@{AddressOf(again)}");
        var found = (int)(await (await reading.OpenChannelAsync()).DeclareQueueAsync("jobs", durable: true)).MessageCount;
        Assert.InRange(found, confirmed, confirmed + 1); // The one that was under way may be there.
    }

    // A tmpfs of 100 MiB is a real disk that is really full; only root may mount one.
    [Fact]
    public async Task A_full_disk_blocks_publishers_until_it_has_room_and_loses_nothing()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !await TryMountAsync())
            Assert.Skip("Only root may mount a small tmpfs: the simulated disk's tests stand for it.");
        try
        {
            var ballast = Path.Combine(Folder, "ballast");
            await using var broker = await StartAsync("--disk-limit", "0");
            await using var connection = await AmqpConnection.ConnectAsync($"amqp://guest:guest@{AddressOf(broker)}");
            var channel = await connection.OpenChannelAsync();
            await channel.DeclareQueueAsync("jobs", durable: true);
            await channel.EnableConfirmsAsync();
            await FillAsync(ballast);
            var published = Enumerable.Range(0, 800)
                .Select(_ => channel.PublishConfirmedAsync("", "jobs", new byte[100_000], new Amqp.BasicProperties { DeliveryMode = 2 })).ToList();
            await broker.WaitForOutputAsync("has no room", atMost: TimeSpan.FromMinutes(1));
            Assert.Contains(published, static publish => !publish.IsCompleted);
            var confirmed = published.Count(static publish => publish.IsCompletedSuccessfully);

            await RunProgramAsync("mount", "-o", "remount,size=400m", Folder);
            await Task.WhenAll(published).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.InRange(confirmed, 0, published.Count - 1);
            Assert.Equal((uint)published.Count, (await channel.DeclareQueueAsync("jobs", durable: true)).MessageCount);
        }
        finally
        {
            await RunProgramAsync("umount", "-l", Folder);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Folder => PathOf("data");

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Contents() => string.Join('\n', Directory.GetFiles(Folder).Order(StringComparer.Ordinal)
        .Select(static file => $"{Path.GetFileName(file)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"));

    private async Task<bool> TryMountAsync()
    {
        Directory.CreateDirectory(Folder);
        return await RunProgramAsync("mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", Folder) == 0;
    }

    // Leaves a few segments' worth of room.
    private static async Task FillAsync(string file)
    {
        await using var stream = File.Create(file);
        var free = new DriveInfo(Path.GetDirectoryName(file)!).AvailableFreeSpace;
        var octets = new byte[1 << 20];
        for (var left = free - (2L << 20); left > 0; left -= octets.Length)
            await stream.WriteAsync(octets);
    }

    private async Task<RunningProgram> StartAsync(params string[] more)
    {
        var program = RunningProgram.Start("dotnet", [Tool, "broker", "--port", "0", "--data", Folder, .. more]);
        await program.WaitForOutputAsync($"Data in {Folder}{Environment.NewLine}");
        return program;
    }

    private static string AddressOf(RunningProgram broker) =>
        broker.Output.Split(Environment.NewLine).Single(static line => line.StartsWith("Listening on ", StringComparison.Ordinal))["Listening on amqp://".Length..];

    private static async Task<string> RunAsync(int expected, params string[] arguments)
    {
        await using var program = RunningProgram.Start("dotnet", [Tool, .. arguments]);
        var code = await program.WaitForExitAsync(TimeSpan.FromMinutes(1));
        Assert.True(code == expected, $"{string.Join(' ', arguments)} ended with {code}: {program.Output}");
        return program.Output;
    }

    private static async Task<int> RunProgramAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
