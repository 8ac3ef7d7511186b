import { render } from 'preact';
import { FaultScreen } from './fault-screen.tsx';
import { prepareOffline } from './offline.ts';
import { connectPageChoices } from './page-choices.ts';
import { speechIn } from './speech.ts';
import { Storage } from './storage.ts';
import { Wallet } from './wallet-screens.tsx';

async function start(): Promise<void> {
  connectPageChoices();
  const speech = speechIn(document.documentElement.lang);
  const main = document.getElementById('main') as HTMLElement;
  main.replaceChildren();
  try {
    render(<Wallet storage={await Storage.open()} speech={speech} />, main);
  } catch (fault) {
    render(<FaultScreen fault={fault} speech={speech} again={() => location.reload()} />, main);
  }
  prepareOffline();
}

start();
