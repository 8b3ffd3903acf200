using System.Text.Json;
using Microsoft.Extensions.Logging;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>
/// Everything that is defined in a broker, as a file in RabbitMQ's format (https://www.rabbitmq.com/docs/definitions): users, virtual hosts, permissions,
/// policies, limits, exchanges, queues and bindings, and no messages. May be used from any thread.
/// </summary>
public sealed class BrokerDefinitions
{
    private readonly BrokerTurn _turn;
    private readonly BrokerUsers _users;
    private readonly Profile _profile;
    private readonly ILogger _log;

    internal BrokerDefinitions(BrokerTurn turn, BrokerUsers users, Profile profile, ILogger log) =>
        (_turn, _users, _profile, _log) = (turn, users, profile, log);

    /// <summary>
    /// Writes everything as it is at this moment. What belongs to one connection is left out. Users who logged in here have hashes of Warren's own
    /// (<see cref="PasswordHash.Pbkdf2"/>), with which they cannot log in at RabbitMQ. The text is as secret as the passwords are.
    /// </summary>
    public string Export()
    {
        _users.List(); // Hashes passwords that were given at the start, outside of the turn.
        var json = _turn.Do(() => new DefinitionsExport(_turn, _turn.Globals, _profile).Run());
        return JsonSerializer.Serialize(json, DefinitionsContext.Default.DefinitionsJson) + "\n";
    }

    /// <summary>
    /// Takes definitions, of this broker or of RabbitMQ. Everything is checked first: when one entry is wrong, nothing is changed. Users, permissions, limits
    /// and policies take the place of those of the same name; exchanges and queues that are there stay as they are. What definitions do not name stays, too.
    /// </summary>
    /// <param name="json">The text of the file.</param>
    /// <exception cref="DefinitionsException">The text is not of definitions, or an entry is wrong; the message names it.</exception>
    public void Import(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var set = DefinitionsReader.Read(json, _profile, _users.Rounds);
        _turn.Change(() => new DefinitionsImport(_turn, set, _turn.Globals, _log).Run());
    }

    /// <summary>True when definitions name users.</summary>
    /// <exception cref="DefinitionsException">The text is not of definitions.</exception>
    internal static bool HaveUsers(string json) => DefinitionsReader.Parse(json).Users is { Length: > 0 };
}
