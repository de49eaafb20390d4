// A sign-up form as Vue users write it: v-model, @submit.prevent, v-if.
import { createApp, h, ref } from 'vue';

createApp({
  setup() {
    const email = ref('');
    const done = ref(false);
    const submit = async (event) => {
      event.preventDefault();
      await fetch('/api', { method: 'POST', body: email.value });
      done.value = true;
    };
    return () =>
      done.value
        ? h('p', { id: 'done' }, 'Thanks!')
        : h('form', { 'data-hub-signup': '', onSubmit: submit }, [
            h('input', {
              name: 'email',
              value: email.value,
              onInput: (event) => {
                email.value = event.target.value;
              },
            }),
            h('button', 'Go'),
          ]);
  },
}).mount('#app');
