// A sign-up form as Svelte 5 users write it: runes, bind:value, an #if around the form.
import { mount } from 'svelte';
import SignUp from './SignUp.svelte';

mount(SignUp, { target: document.querySelector('#app') });
