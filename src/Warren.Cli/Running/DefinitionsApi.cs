using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Warren.Cli.Running;

/// <summary>The definitions of a broker that runs, by RabbitMQ's HTTP API (https://www.rabbitmq.com/docs/definitions).</summary>
internal sealed class DefinitionsApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // A large import takes its time.

    private readonly Uri _endpoint;
    private readonly string _user;
    private readonly string _password;

    private DefinitionsApi(Uri uri)
    {
        var login = uri.UserInfo.Length == 0 ? ["guest", "guest"] : uri.UserInfo.Split(':', 2);
        _user = Uri.UnescapeDataString(login[0]);
        _password = Uri.UnescapeDataString(login.ElementAtOrDefault(1) ?? "");
        _endpoint = new UriBuilder(uri) { UserName = "", Password = "", Path = $"/api/definitions{uri.AbsolutePath.TrimEnd('/')}", Query = "", Fragment = "" }.Uri;
    }

    /// <summary>True when the text is the address of a broker rather than the path of a file.</summary>
    public static bool IsAddress(string text) =>
        text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <param name="address"><c>http[s]://user:password@host:port[/vhost]</c>; the virtual host with its octets escaped, <c>%2F</c> for the first one.</param>
    public static DefinitionsApi At(string address) => IsAddress(address) && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        ? new DefinitionsApi(uri)
        : throw new ToolException(ExitCode.Usage, $"'{address}' is no address; write http://user:password@host:15672, with /VHOST after it for one virtual host.");

    /// <summary>Asks for everything that is defined.</summary>
    public async Task<string> ExportAsync(CancellationToken cancellationToken) => await SendAsync(HttpMethod.Get, null, cancellationToken);

    /// <summary>Adds what is in the text.</summary>
    public async Task ImportAsync(string text, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Post, new StringContent(text, Encoding.UTF8, "application/json"), cancellationToken);

    private async Task<string> SendAsync(HttpMethod method, HttpContent? content, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = Patience };
        using var request = new HttpRequestMessage(method, _endpoint) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_user}:{_password}")));
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode ? body : throw Refused(response.StatusCode, body);
        }
        catch (HttpRequestException e)
        {
            throw new ToolException(ExitCode.Network, $"No HTTP API at {_endpoint.GetLeftPart(UriPartial.Authority)}: {e.Message} RabbitMQ has one after 'rabbitmq-plugins enable rabbitmq_management'.");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ToolException(ExitCode.Deadline, $"{_endpoint} has not answered within {Patience.TotalSeconds:0} s.");
        }
    }

    private ToolException Refused(HttpStatusCode status, string body) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
            new(ExitCode.LoginRefused, $"{_endpoint} refuses user '{_user}': name one with the tag administrator, as http://user:password@host:port."),
        HttpStatusCode.NotFound => new(ExitCode.Unavailable, $"{_endpoint} is not there: no such virtual host, or no HTTP API of RabbitMQ."),
        _ => new(ExitCode.RefusedByBroker, $"{_endpoint} answers {(int)status}: {ReasonIn(body)}"),
    };

    // {"error": "bad_request", "reason": "..."}
    private static string ReasonIn(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("reason", out var reason) ? reason.ToString() : body;
        }
        catch (JsonException)
        {
            return body;
        }
    }
}
