using Warren.Amqp;

namespace Warren.Broker;

/// <summary>Keeps the time where somebody moves the clock by hand.</summary>
internal sealed class DrivenTicks(BrokerTurn turn, TimeProvider time) : IClockWork
{
    public long NextDue => turn.Timekeeper.NextTickMs is var ms && ms == long.MaxValue ? ms : turn.Timekeeper.StartTimestamp + (ms * time.TimestampFrequency / 1000);

    public bool ShowsInFrames => true;

    public bool Tick()
    {
        turn.Tick();
        return true;
    }
}
